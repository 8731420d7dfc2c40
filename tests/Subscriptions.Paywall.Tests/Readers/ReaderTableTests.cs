using System.Text.Json;

namespace Subscriptions.Paywall.Tests.Readers;

public sealed class ReaderTableTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 9, 0, 0, TimeSpan.Zero);

    private static readonly Grant Paid = new("Subscription", "sub_1", ["subscriber", "archive"], Now, Now.AddDays(20), "Paid until 2026-12-12.");

    private static readonly ReaderNotice Notice = new(
        NoticeStage.ActNow, "Act now", new string('é', 3_000), "https://account.example.com", "https://account.example.com/pay/1", Now.AddDays(3), null);

    private static IEnumerable<ReaderAccess?> Known =>
    [
        null,
        new ReaderAccess("reader", 0, []),
        new ReaderAccess("reader", long.MaxValue, [Paid, Paid with { From = null, Until = null, Reason = null, Record = "ключ" }], Notice, DecisionReason.SubscriptionPaused),
        new ReaderAccess("another", -1, [Paid with { Reason = new string('r', 100) }], Notice with { MyAccountUrl = null, AccessEndsAt = null, NextAttemptAt = Now }),
    ];

    [TestCaseSource(nameof(Known))]
    public void What_is_known_of_a_reader_is_the_same_after_she_was_away(ReaderAccess? access)
    {
        var entry = new ReaderEntry("reader");
        var answer = new ReaderAnswer(access, Now, access is null ? null : Now.AddHours(1), Now.AddSeconds(1), Now.AddSeconds(3), 7, 300);
        entry.Offer(answer);
        entry.Close();
        var back = entry.Answer!;
        Assert.That(back, Is.Not.SameAs(answer));
        Assert.That(JsonSerializer.Serialize(back), Is.EqualTo(JsonSerializer.Serialize(answer)));
    }

    [Test]
    public async Task An_answer_that_was_closed_and_opened_again_is_no_new_answer()
    {
        var entry = new ReaderEntry("reader");
        entry.Offer(new ReaderAnswer(null, Now, null, Now, Now, 0, 0));
        var seen = entry.Answer;
        entry.Close();
        var asked = 0;
        await entry.AskAsync("reader", seen, (_, _) => Task.FromResult(++asked > 0));
        await entry.AskAsync("reader", null, (_, _) => Task.FromResult(++asked > 0));
        Assert.That(asked, Is.EqualTo(1));
    }

    [Test]
    public void Of_two_readers_in_one_place_each_is_found()
    {
        var table = new ReaderTable(1_000);
        string[] ids = [.. Enumerable.Range(0, 1_000).Select(i => i % 3 == 0 ? "lecteur-é-" + i : "reader-" + i)];
        var added = ids.Select(id => table.UseOrAdd(id, Now)).ToList();
        Assert.That(ids.Select(id => table.Find(id)), Is.EqualTo(added));
        Assert.That(table.Find("reader-1000"), Is.Null);
    }

    [Test]
    public void Who_was_here_just_now_stays_and_the_bound_holds()
    {
        var table = new ReaderTable(100);
        for (var i = 0; i < 1_000; i++)
        {
            table.UseOrAdd("regular", Now.AddMinutes(i));
            table.UseOrAdd("passer-by-" + i, Now.AddMinutes(i));
            Assert.That(table.Count, Is.LessThanOrEqualTo(100));
        }

        Assert.That(table.Find("regular"), Is.Not.Null);
        Assert.That(table.Find("passer-by-1"), Is.Null);
    }

    [Test]
    public void Who_was_away_for_longer_than_any_outage_is_dropped()
    {
        var table = new ReaderTable(100);
        table.UseOrAdd("away", Now);
        for (var i = 0; i < 50; i++)
            table.UseOrAdd("reader-" + i, Now.AddHours(26));
        Assert.That((table.Find("away"), table.Count), Is.EqualTo(((ReaderEntry?)null, 50)));
    }
}
