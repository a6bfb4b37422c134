"""The community shows its planted roles and concentration, and referrals their k-factor."""

from dataclasses import replace

import numpy as np
import pyarrow.compute as pc
import pytest

from cherish.demo.simulated import PARAMETERS, Effects, simulate
from demo.simulated.reading import Company, day, events, index, mean, moments, share


def acts(company: Company, name: str) -> np.ndarray:
    return events(company, name).per_customer(company.customers.num_rows)


def test_roles_have_the_planted_shares(large: Company) -> None:
    member = acts(large, "Community Joined") > 0
    posts, comments, reads = (acts(large, name) for name in ("Post Created", "Comment Created", "Content Viewed"))
    creator = member & (posts > 0)
    contributor = member & (posts == 0) & (comments > 0)
    lurker = member & (posts + comments == 0) & (reads > 0)
    inactive = member & (posts + comments + reads == 0)
    planted = large.truth.summary()["community"]["shares"]
    for name, rows in (("creator", creator), ("contributor", contributor), ("lurker", lurker), ("inactive", inactive)):
        assert share(int(rows.sum()), int(member.sum())).agrees(planted[name])
        roles = np.array(large.truth.customers["community_role"].to_pylist(), dtype=object)
        assert (roles[rows] == name).all()


def test_nobody_takes_part_without_joining_first_and_all_in_the_last_12_weeks(large: Company) -> None:
    joined = np.full(20_000, np.inf)
    join = events(large, "Community Joined")
    joined[join.customer] = join.moment
    assert join.moment.min() >= day(large.truth.summary()["community"]["opened_at"]) == 728 - 84
    for name in ("Post Created", "Comment Created", "Content Viewed"):
        taken = events(large, name)
        assert (taken.moment >= joined[taken.customer]).all()


@pytest.mark.parametrize("name", ["Post Created", "Comment Created"])
def test_contributions_are_pareto(large: Company, name: str) -> None:
    # P(at least k) = k^-1.5: 1, .354, .192, .125
    counts = acts(large, name)
    counts = counts[counts > 0]
    for k in (2, 3, 4):
        assert share(int((counts >= k).sum()), counts.size).agrees(k**-PARAMETERS.community.index)


def test_comments_and_reads_are_about_content_that_exists(large: Company) -> None:
    posts = events(large, "Post Created")
    since = dict(zip(posts.table["content_id"].to_pylist(), posts.moment, strict=True))
    for name in ("Comment Created", "Content Viewed"):
        about = events(large, name)
        for content, moment in zip(about.table["content_id"].to_pylist(), about.moment, strict=True):
            assert moment >= since[content] if content in since else int(content[1:]) < 10


def test_referrals_have_the_planted_k_factor(large: Company) -> None:
    early = moments(large.customers.rename_columns({"created_at": "ts"})) < 600
    invited = acts(large, "Invite Sent")[early]
    brought = np.bincount(index(large.customers["referrer_user_id"].drop_null()), minlength=20_000).astype(float)[early]
    assert mean(invited).agrees(PARAMETERS.inviting.invitations)
    assert mean(brought).agrees(large.truth.summary()["referral"]["k_factor"])
    assert large.truth.summary()["referral"]["k_factor"] == pytest.approx(0.4 * 0.15)
    # a Poisson number: as many as the mean on top of it in the variance
    assert abs(brought.var() / brought.mean() - 1) < 4 * np.sqrt(2 / brought.size) + 4 / np.sqrt(brought.sum())


def test_referral_trees_grow_forward_in_time(large: Company) -> None:
    created = moments(large.customers.rename_columns({"created_at": "ts"}))
    by = index(large.customers["referrer_user_id"])
    referred = by >= 0
    assert (created[referred] > created[by[referred]]).all()
    channel = np.array(large.customers["acquisition_channel"].to_pylist())
    assert ((channel == "referral") == referred).all()
    signed = events(large, "Signed Up").table
    assert pc.sum(pc.is_valid(signed["referrer_user_id"])).as_py() == referred.sum()
    assert (by[by[referred]] >= 0).any()  # trees are deeper than one step


def test_referral_off_leaves_invitations_and_no_newcomer_by_them(company: Company) -> None:
    off = simulate(5_000, seed=7, effects=replace(Effects(), referral=0.0))
    assert off.customers["referrer_user_id"].null_count == 5_000
    assert mean(acts(off, "Invite Sent")[:3_500]).agrees(PARAMETERS.inviting.invitations)
    assert events(off, "Order Completed").table.equals(events(company, "Order Completed").table)
