// Drives one client: node drive.mjs CLIENT ADDRESS KEY; prints what it believes it did not deliver.
const [client, address, key] = process.argv.slice(2);
const failed = [];
const said = (error) => error && failed.push(String(error));
const many = 120;

const drivers = {
  async segment() {
    const { Analytics } = await import("@segment/analytics-node");
    const analytics = new Analytics({ writeKey: key, host: address, flushAt: 15 });
    analytics.on("error", (error) => said(error.code));
    analytics.identify({ userId: "u1", anonymousId: "an1", traits: { plan: "pro" } });
    analytics.page({ userId: "u1", name: "Home" });
    analytics.group({ userId: "u1", groupId: "acme" });
    analytics.alias({ userId: "u1", previousId: "an1" });
    for (let number = 0; number < many; number++)
      analytics.track({ userId: "u1", event: "Seen", properties: { number, text: "grüß 🙂" } });
    await analytics.closeAndFlush({ timeout: 20000 });
  },
  async rudderstack() {
    const { default: RudderAnalytics } = await import("@rudderstack/rudder-sdk-node");
    const analytics = new RudderAnalytics(key, { dataPlaneUrl: address, flushInterval: 200 });
    analytics.identify({ userId: "u1", anonymousId: "an1", traits: { plan: "pro" } }, said);
    analytics.page({ userId: "u1", name: "Home" }, said);
    analytics.group({ userId: "u1", groupId: "acme" }, said);
    analytics.alias({ userId: "u1", previousId: "an1" }, said);
    for (let number = 0; number < many; number++)
      analytics.track({ userId: "u1", event: "Seen", properties: { number, text: "grüß 🙂" } }, said);
    await analytics.flush();
    await new Promise((done) => setTimeout(done, 1500));
  },
  async jitsu() {
    const { jitsuAnalytics } = await import("@jitsu/js");
    const analytics = jitsuAnalytics({ host: address, writeKey: key + ":secret" });
    await analytics.identify("u1", { plan: "pro" });
    await analytics.page({ name: "Home" });
    await analytics.group("acme");
    for (let number = 0; number < many; number++) {
      const answer = await analytics.track("Seen", { number, text: "grüß 🙂" });
      if (answer && answer.ok === false) said("not ok");
    }
  },
};

await drivers[client]();
console.log(JSON.stringify(failed));
process.exit(0);
