// Page views, calls and sessions of a page, sent to the server that this script was loaded from. No cookie is set:
// ids live in the tab, and only consent(true) lets them outlive it. With data-consent="required", or where the browser
// signals Global Privacy Control, nothing is kept or sent before consent(true).
(function (w, d, n) {
  var tag = d.currentScript, base = tag.src.replace(/\/c\.js.*$/, ""), key = tag.getAttribute("data-key"),
    asked = tag.getAttribute("data-consent") === "required" || n.globalPrivacyControl, before = d.referrer, here,
    memory = {}, held = [], queue = [], wait = 1, timer, lasting, may;

  function at(name, value) {
    name = "cherish_" + name;
    try {
      var store = lasting ? localStorage : sessionStorage;
      if (value === null) store.removeItem(name);
      else if (value) store.setItem(name, value);
      else return store.getItem(name);
    } catch (error) {
      // Storage may be forbidden: then ids last as long as the page.
      if (value !== undefined) memory[name] = value;
      return memory[name];
    }
    return value;
  }
  function id() {
    return w.crypto.randomUUID ? crypto.randomUUID() : "10000000-1000-4000-8000-100000000000".replace(/[018]/g,
      function (c) { return (c ^ crypto.getRandomValues(new Uint8Array(1))[0] & 15 >> c / 4).toString(16); });
  }
  function forget() {
    [true, false].forEach(function (place) {
      lasting = place;
      ["id", "user", "session", "seen", "campaign"].forEach(function (name) { at(name, null); });
    });
    lasting = may && choice() === "yes";
  }
  function choice(value) {
    try { return value ? localStorage.setItem("cherish_consent", value) : localStorage.getItem("cherish_consent"); }
    catch (error) { return ""; }
  }
  function campaign() {
    var found = {}, any;
    new URLSearchParams(location.search).forEach(function (value, name) {
      if (/^utm_/.test(name)) any = found[name === "utm_campaign" ? "name" : name.slice(4)] = value;
    });
    return any && JSON.stringify(found);
  }
  function put(type, more, time) {
    if (!may) return may === undefined && held.length < 99 && held.push([type, more, time || Date.now()]);
    time = time || Date.now();
    var utm = campaign();
    if (!at("session") || time - at("seen") > 18e5) at("session", id()), at("campaign", null);
    if (utm) at("campaign", utm);
    at("seen", "" + time);
    queue.push(Object.assign({
      type: type, messageId: id(), timestamp: new Date(time).toISOString(),
      anonymousId: at("id") || at("id", id()), userId: at("user") || undefined,
      context: {
        library: { name: "cherish.js", version: "1" }, page: page(), campaign: JSON.parse(at("campaign") || "{}"),
        sessionId: at("session"), locale: n.language, userAgent: n.userAgent,
        timezone: Intl.DateTimeFormat().resolvedOptions().timeZone
      }
    }, more));
    plan();
  }
  function plan() { timer = timer || setTimeout(send, wait * 1e3); }
  function send(leaving) {
    timer = 0;
    var events = queue.splice(0, 30);
    if (!events[0]) return;
    var body = JSON.stringify({ batch: events, sentAt: new Date().toISOString(), writeKey: key });
    function back() { queue = events.concat(queue); wait = Math.min(wait * 2, 300); plan(); }
    if (leaving === true) return n.sendBeacon(base + "/beacon/v1/batch?writeKey=" + key, body) ? send(true) : back();
    fetch(base + "/v1/batch", { method: "POST", body: body, credentials: "omit" }).then(function (answer) {
      if (answer.status > 499 || answer.status === 429) return back();
      wait = 1;
      if (queue[0]) plan();
    }, back);
  }
  function page() {
    return { path: location.pathname, search: location.search, url: location.href, title: d.title, referrer: before };
  }
  function view(name, more) {
    if (here && here !== location.href) before = here;
    here = location.href;
    put("page", { name: name, properties: Object.assign(page(), more) });
  }
  function moved() { if (here && here.split("#")[0] !== location.href.split("#")[0]) view(); }

  var calls = w.cherish, api = w.cherish = {
    page: view,
    track: function (event, properties) { put("track", { event: event, properties: properties || {} }); },
    identify: function (user, traits) {
      put("identify", { userId: "" + user, traits: traits || {} });
      if (may) at("user", "" + user);
    },
    group: function (group, traits) { put("group", { groupId: "" + group, traits: traits || {} }); },
    reset: forget,
    consent: function (given) {
      choice(given ? "yes" : "no");
      begin(!!given);
    },
    push: function (call) { api[call[0]].apply(api, call.slice(1)); }
  };
  function begin(given) {
    if (!given) forget(), queue = [];
    var kept = given && !lasting && at("id");
    may = given;
    lasting = given && choice() === "yes";
    if (kept && lasting && !at("id")) at("id", kept);
    var calls = held;
    held = [];
    if (given) calls.forEach(function (call) { put.apply(null, call); });
  }
  var said = choice();
  if (said || !asked) begin(said !== "no");
  ["pushState", "replaceState"].forEach(function (name) {
    var real = history[name];
    history[name] = function () { real.apply(history, arguments); moved(); };
  });
  addEventListener("popstate", moved);
  addEventListener("pagehide", function () { send(true); });
  d.addEventListener("visibilitychange", function () { if (d.visibilityState === "hidden") send(true); });
  if (tag.getAttribute("data-page") !== "no") view();
  if (calls && calls.forEach) calls.forEach(api.push);
})(window, document, navigator);
