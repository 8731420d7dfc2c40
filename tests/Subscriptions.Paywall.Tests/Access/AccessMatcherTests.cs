namespace Subscriptions.Paywall.Tests.Access;

public sealed class AccessMatcherTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 9, 0, 0, TimeSpan.Zero);
    private static readonly Requirement Archive = Requirement.SubscriberWith("archive");

    private static Grant Paid(string[]? opens = null, int? from = null, int? until = null, string record = "sub-1") =>
        new(GrantKinds.Subscription, record, opens ?? ["subscriber"], from is { } f ? Now.AddDays(f) : null, until is { } u ? Now.AddDays(u) : null);

    private static ReaderAccess Reader(params Grant[] grants) => new("reader-1", 1, grants);

    private static IEnumerable<TestCaseData> Cases()
    {
        (string Name, Requirement Asked, ReaderAccess? Reader, DecisionOutcome Outcome, DecisionReason Reason, NextStep Next)[] rows =
        [
            ("nobody, free", Requirement.Free, null, DecisionOutcome.Allowed, DecisionReason.FreeToRead, NextStep.None),
            ("nobody, registered", Requirement.Registered, null, DecisionOutcome.SignIn, DecisionReason.NotSignedIn, NextStep.SignIn),
            ("nobody, metered", Requirement.Metered, null, DecisionOutcome.SignIn, DecisionReason.NotSignedIn, NextStep.SignIn),
            ("nobody, subscriber", Requirement.Subscriber, null, DecisionOutcome.SignIn, DecisionReason.NotSignedIn, NextStep.SignIn),
            ("no grants, free", Requirement.Free, Reader(), DecisionOutcome.Allowed, DecisionReason.FreeToRead, NextStep.None),
            ("no grants, registered", Requirement.Registered, Reader(), DecisionOutcome.Allowed, DecisionReason.SignedIn, NextStep.None),
            ("no grants, metered", Requirement.Metered, Reader(), DecisionOutcome.Allowed, DecisionReason.SignedIn, NextStep.None),
            ("no grants, subscriber", Requirement.Subscriber, Reader(), DecisionOutcome.Refused, DecisionReason.NotSubscribed, NextStep.Subscribe),
            ("no grants, archive", Archive, Reader(), DecisionOutcome.Refused, DecisionReason.NotSubscribed, NextStep.Subscribe),
            ("paid, subscriber", Requirement.Subscriber, Reader(Paid()), DecisionOutcome.Allowed, DecisionReason.Granted, NextStep.None),
            ("paid, archive not in plan", Archive, Reader(Paid()), DecisionOutcome.Refused, DecisionReason.NotInPlan, NextStep.ChangePlan),
            ("archive in plan", Archive, Reader(Paid(["subscriber", "Archive"])), DecisionOutcome.Allowed, DecisionReason.Granted, NextStep.None),
            ("archive by another grant", Archive, Reader(Paid(), Paid(["archive"])), DecisionOutcome.Allowed, DecisionReason.Granted, NextStep.None),
            ("archive alone", Archive, Reader(Paid(["archive"])), DecisionOutcome.Refused, DecisionReason.NotSubscribed, NextStep.Subscribe),
            ("ended", Requirement.Subscriber, Reader(Paid(until: -1)), DecisionOutcome.Refused, DecisionReason.SubscriptionEnded, NextStep.ComeBack),
            ("ends this instant", Requirement.Subscriber, Reader(Paid(until: 0)), DecisionOutcome.Refused, DecisionReason.SubscriptionEnded, NextStep.ComeBack),
            ("ended, says the service", Requirement.Subscriber, Reader() with { WithoutGrant = DecisionReason.SubscriptionEnded },
                DecisionOutcome.Refused, DecisionReason.SubscriptionEnded, NextStep.ComeBack),
            ("paused", Requirement.Subscriber, Reader() with { WithoutGrant = DecisionReason.SubscriptionPaused },
                DecisionOutcome.Refused, DecisionReason.SubscriptionPaused, NextStep.Resume),
            ("paused, archive", Archive, Reader() with { WithoutGrant = DecisionReason.SubscriptionPaused },
                DecisionOutcome.Refused, DecisionReason.SubscriptionPaused, NextStep.Resume),
            ("paused, registered", Requirement.Registered, Reader() with { WithoutGrant = DecisionReason.SubscriptionPaused },
                DecisionOutcome.Allowed, DecisionReason.SignedIn, NextStep.None),
            ("first payment missing", Requirement.Subscriber, Reader() with { WithoutGrant = DecisionReason.FirstPaymentMissing },
                DecisionOutcome.Refused, DecisionReason.FirstPaymentMissing, NextStep.FinishSubscribing),
            ("another one ended, first payment of this one missing", Requirement.Subscriber,
                Reader(Paid(until: -1)) with { WithoutGrant = DecisionReason.FirstPaymentMissing },
                DecisionOutcome.Refused, DecisionReason.FirstPaymentMissing, NextStep.FinishSubscribing),
            ("paused, and a grant lets her read", Requirement.Subscriber, Reader(Paid()) with { WithoutGrant = DecisionReason.SubscriptionPaused },
                DecisionOutcome.Allowed, DecisionReason.Granted, NextStep.None),
            ("begins this instant", Requirement.Subscriber, Reader(Paid(from: 0)), DecisionOutcome.Allowed, DecisionReason.Granted, NextStep.None),
            ("begins tomorrow", Requirement.Subscriber, Reader(Paid(from: 1)), DecisionOutcome.Refused, DecisionReason.NotYetStarted, NextStep.Wait),
            ("one ended, one current", Requirement.Subscriber, Reader(Paid(until: -1), Paid(until: 1)), DecisionOutcome.Allowed, DecisionReason.Granted, NextStep.None),
        ];
        return rows.Select(row => new TestCaseData(row.Asked, row.Reader, row.Outcome, row.Reason, row.Next).SetArgDisplayNames(row.Name));
    }

    [TestCaseSource(nameof(Cases))]
    public void Every_pair_of_requirement_and_reader_has_its_decision(
        Requirement asked, ReaderAccess? reader, DecisionOutcome outcome, DecisionReason reason, NextStep next)
    {
        var decision = AccessMatcher.Decide(asked, reader, Now);

        Assert.That((decision.Outcome, decision.Reason, decision.NextStep), Is.EqualTo((outcome, reason, next)));
        Assert.That(decision.Requirement, Is.EqualTo(asked));
        Assert.That(decision.Sentence, Is.Not.Empty);
    }

    [Test]
    public void The_longest_grant_is_named_and_validUntil_is_the_next_boundary()
    {
        var decision = AccessMatcher.Decide(Requirement.Subscriber, Reader(Paid(until: 3, record: "a"), Paid(until: 9, record: "b"), Paid(from: 5, record: "c")), Now);

        Assert.That(decision.GrantedBy!.Record, Is.EqualTo("b"));
        Assert.That(decision.ValidUntil, Is.EqualTo(Now.AddDays(3)));
    }

    private static IEnumerable<TestCaseData> Beginnings()
    {
        (string Name, ReaderAccess Reader, int Day)[] rows =
        [
            ("her subscription ends before", Reader(Paid(until: 9), Paid(["subscriber", "archive"], from: 31)), 31),
            ("the rest begins later", Reader(Paid(from: 10), Paid(["archive"], from: 20)), 20),
            ("the rest is over by then", Reader(Paid(from: 10, until: 15), Paid(["archive"], from: 20), Paid(from: 30)), 30),
            ("two begin", Reader(Paid(), Paid(["archive"], from: 20), Paid(["archive"], from: 12)), 12),
            ("the rest is not hers", Reader(Paid(from: 10)), 10),
        ];
        return rows.Select(row => new TestCaseData(row.Reader, row.Day).SetArgDisplayNames(row.Name));
    }

    [TestCaseSource(nameof(Beginnings))]
    public void Who_has_to_wait_is_told_when_all_that_is_asked_is_open_to_her(ReaderAccess reader, int day)
    {
        var decision = AccessMatcher.Decide(Archive, reader, Now);
        Assert.That((decision.Reason, decision.BeginsAt), Is.EqualTo((DecisionReason.NotYetStarted, (DateTimeOffset?)Now.AddDays(day))));
    }

    [Test]
    public void Only_who_has_to_wait_is_told_when_something_begins()
    {
        Assert.That(AccessMatcher.Decide(Requirement.Subscriber, Reader(Paid(), Paid(["archive"], from: 5)), Now).BeginsAt, Is.Null);
        Assert.That(AccessMatcher.Decide(Archive, Reader(Paid(), Paid(from: 5)), Now).BeginsAt, Is.Null);
    }

    [Test]
    public void The_notice_goes_with_every_decision()
    {
        var notice = new ReaderNotice(NoticeStage.ActNow, "h", "b", null, null, null, null);
        foreach (var asked in (Requirement[])[Requirement.Free, Requirement.Registered, Requirement.Subscriber, Archive])
            Assert.That(AccessMatcher.Decide(asked, Reader(Paid()) with { Notice = notice }, Now).Notice, Is.SameAs(notice));
    }

    [Test]
    public void A_decision_holds_until_its_own_end_and_the_order_of_grants_does_not_matter()
    {
        var chance = new Random(20261122);
        for (var round = 0; round < 2_000; round++)
        {
            var reader = AnyReader(chance);
            var asked = chance.Next(2) == 0 ? Requirement.Subscriber : Archive;
            var decision = AccessMatcher.Decide(asked, reader, Now);
            var last = decision.ValidUntil ?? Now.AddDays(100);

            var later = AccessMatcher.Decide(asked, reader, Now + ((last - Now) * chance.NextDouble()));
            Assert.That(later with { ValidUntil = decision.ValidUntil }, Is.EqualTo(decision), $"round {round}");
            Assert.That(decision.ValidUntil, Is.Null.Or.GreaterThan(Now));

            var shuffled = AccessMatcher.Decide(asked, reader with { Grants = [.. reader.Grants.Reverse()] }, Now);
            Assert.That((shuffled.Outcome, shuffled.Reason, shuffled.ValidUntil), Is.EqualTo((decision.Outcome, decision.Reason, decision.ValidUntil)));
        }
    }

    [Test]
    public void A_reader_is_allowed_exactly_when_current_grants_cover_all_that_is_asked_and_a_further_grant_never_takes_away()
    {
        var chance = new Random(1122);
        for (var round = 0; round < 2_000; round++)
        {
            var reader = AnyReader(chance);
            var opened = reader.Grants.Where(grant => grant.IsCurrent(Now)).SelectMany(grant => grant.Entitlements).ToHashSet();
            Assert.That(AccessMatcher.Decide(Archive, reader, Now).Allowed, Is.EqualTo(opened.IsSupersetOf(["subscriber", "archive"])));
            Assert.That(AccessMatcher.Decide(Requirement.Subscriber, reader, Now).Allowed, Is.EqualTo(opened.Contains("subscriber")));

            var more = reader with { Grants = [.. reader.Grants, .. AnyReader(chance).Grants] };
            if (AccessMatcher.Decide(Archive, reader, Now).Allowed)
                Assert.That(AccessMatcher.Decide(Archive, more, Now).Allowed, Is.True);
            if (AccessMatcher.Decide(Archive, reader, Now).Allowed)
                Assert.That(AccessMatcher.Decide(Requirement.Subscriber, reader, Now).Allowed, Is.True);
        }
    }

    private static readonly MeterRule Three = new(3, MeterWindow.Rolling, 30, TimeZoneInfo.Utc);

    private static Visit AnyVisit(Random chance) => new(
        AnyReader(chance).Grants, chance.Next(2) == 0 ? null : Three.Read(Enumerable.Range(0, chance.Next(5)).Select(i => new CountedArticle($"article{i}", Now.AddDays(-chance.Next(40)))), "article0", Now), chance.Next(2) == 0);

    [Test]
    public void A_visit_only_ever_adds_and_her_own_grants_go_first()
    {
        var chance = new Random(1129);
        Requirement[] all = [Requirement.Free, Requirement.Registered, Requirement.Metered, Requirement.Subscriber, Archive];
        for (var round = 0; round < 4_000; round++)
        {
            var reader = chance.Next(3) == 0 ? null : AnyReader(chance);
            var (asked, visit) = (all[chance.Next(all.Length)], AnyVisit(chance));
            var alone = AccessMatcher.Decide(asked, reader, Now);
            var both = AccessMatcher.Decide(asked, reader, Now, visit);
            if (alone.Allowed && (asked.Kind != RequirementKind.Metered || alone.Reason == DecisionReason.Granted || visit.Meter is null))
                Assert.That(both.Allowed, Is.True, $"round {round}");
            if (alone.GrantedBy is not null)
                Assert.That(both.GrantedBy, Is.SameAs(alone.GrantedBy), $"round {round}");
            Assert.That(AccessMatcher.Decide(asked, reader, Now, Visit.None), Is.EqualTo(alone));

            // The same answer up to its own end.
            var last = both.ValidUntil ?? Now.AddDays(100);
            Assert.That(both.ValidUntil, Is.Null.Or.GreaterThan(Now));
            if (visit.Meter is null)
                Assert.That(AccessMatcher.Decide(asked, reader, Now + ((last - Now) * chance.NextDouble()), visit) with { ValidUntil = both.ValidUntil }, Is.EqualTo(both));
        }
    }

    [TestCase(0, true, DecisionReason.WithinMeter)]
    [TestCase(2, true, DecisionReason.WithinMeter)]
    [TestCase(3, false, DecisionReason.MeterUsedUp)]
    public void A_meter_lets_so_many_articles_be_read(int used, bool allowed, DecisionReason reason)
    {
        var counted = Enumerable.Range(1, used).Select(i => new CountedArticle($"article{i}", Now.AddDays(-i)));
        var visit = new Visit([], Three.Read(counted, "another", Now));
        foreach (var reader in (ReaderAccess?[])[null, Reader()])
        {
            var decision = AccessMatcher.Decide(Requirement.Metered, reader, Now, visit);
            Assert.That((decision.Allowed, decision.Reason, decision.Meter!.Used), Is.EqualTo((allowed, reason, used)));
            Assert.That(decision.ValidUntil, Is.EqualTo(used == 0 ? (DateTimeOffset?)null : Now.AddDays(30 - used)));
        }

        Assert.That(AccessMatcher.Decide(Requirement.Metered, Reader(Paid()), Now, visit).Reason, Is.EqualTo(DecisionReason.Granted));
        Assert.That(AccessMatcher.Decide(Requirement.Subscriber, null, Now, visit).Reason, Is.EqualTo(DecisionReason.NotSignedIn), "a meter opens metered articles only");
    }

    [Test]
    public void The_next_article_opens_at_the_first_instant_at_which_fewer_count_than_may_be_read()
    {
        var chance = new Random(1203);
        for (var round = 0; round < 1_000; round++)
        {
            CountedArticle[] counted = [.. Enumerable.Range(0, chance.Next(8)).Select(i => new CountedArticle($"article{i}", Now.AddDays(-chance.Next(35))))];
            var reading = Three.Read(counted, "another", Now);
            Assert.That(reading.OpensAt is null, Is.EqualTo(reading.Allows), $"round {round}");
            if (reading.OpensAt is { } opens)
                Assert.That((Three.Read(counted, "another", opens.AddTicks(-1)).Allows, Three.Read(counted, "another", opens).Allows), Is.EqualTo((false, true)), $"round {round}");
        }
    }

    [Test]
    public void A_calendar_month_ends_at_its_midnight_in_the_publishers_zone()
    {
        var rule = new MeterRule(1, MeterWindow.CalendarMonth, 30, TimeZoneInfo.FindSystemTimeZoneById("Europe/London"));
        Assert.That(rule.CountsUntil(new(2026, 6, 30, 22, 59, 0, TimeSpan.Zero)), Is.EqualTo(new DateTimeOffset(2026, 6, 30, 23, 0, 0, TimeSpan.Zero)));
        Assert.That(rule.CountsUntil(new(2026, 6, 30, 23, 0, 0, TimeSpan.Zero)), Is.EqualTo(new DateTimeOffset(2026, 7, 31, 23, 0, 0, TimeSpan.Zero)));
        Assert.That(rule.CountsUntil(new(2026, 12, 31, 12, 0, 0, TimeSpan.Zero)), Is.EqualTo(new DateTimeOffset(2027, 1, 1, 0, 0, 0, TimeSpan.Zero)));
    }

    private static ReaderAccess AnyReader(Random chance)
    {
        string[][] opens = [["subscriber"], ["archive"], ["subscriber", "archive"], []];
        return Reader([.. Enumerable.Range(0, chance.Next(5)).Select(i => Paid(
            opens[chance.Next(opens.Length)], chance.Next(2) == 0 ? null : chance.Next(-5, 5), chance.Next(2) == 0 ? null : chance.Next(-5, 5), $"r{i}"))]);
    }
}
