using System.Reflection;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;

namespace Subscriptions.Domain.Tests.States;

/// <summary><c>docs/states.md</c> says what the deciders do: each of its tables is made from them again and compared.</summary>
public sealed class StateTablesTests
{
    [Test]
    public void The_document_shows_what_becomes_of_a_subscription_under_every_command() => AssertShown("## A subscription under every command", SubscriptionTable.States);

    [Test]
    public void The_document_shows_the_finer_states_of_a_subscription() => AssertShown("## A subscription's finer states", SubscriptionTable.Finer);

    [Test]
    public void The_document_shows_what_becomes_of_an_invoice_under_every_command() => AssertShown("## An invoice under every command", InvoiceTable.States);

    [Test]
    public void The_document_shows_the_default_timetables() => AssertShown("## The default dunning policy", [.. TimetableLines()]);

    [TestCase(typeof(SubscriptionCommand))]
    [TestCase(typeof(InvoiceCommand))]
    [TestCase(typeof(AttemptOutcome))]
    public void No_command_and_no_outcome_is_missing_from_the_tables(Type family)
    {
        var rows = SubscriptionTable.States.Lines().Concat(InvoiceTable.States.Lines()).Select(line => line.Split('|')[1]).ToArray();
        var missing = family.GetNestedTypes().Where(t => t.IsAssignableTo(family)).Where(t => !rows.Any(row => row.Contains(t.Name, StringComparison.Ordinal)));
        Assert.That(missing.Select(t => t.Name), Is.Empty);
    }

    [Test]
    public void No_state_is_missing_from_the_tables()
    {
        var columns = SubscriptionTable.States.States.Select(s => s.Name);
        var states = typeof(Subscription).GetNestedTypes(BindingFlags.Public).Where(t => !t.IsAbstract).Select(t => t.Name);
        Assert.That(columns, Is.EquivalentTo(states));
        Assert.That(InvoiceTable.States.States.Select(s => (s.State as Invoice)?.Status).OfType<InvoiceStatus>().Distinct(),
            Is.EquivalentTo(Enum.GetValues<InvoiceStatus>()));
    }

    private static IEnumerable<string> TimetableLines()
    {
        yield return "| Track | Retry on days | PaymentFailed | ActNow | DueToTerminate | End |";
        yield return "| --- | --- | --- | --- | --- | --- |";
        foreach (var (afterTrial, track) in new[] { false, true }.SelectMany(_ => Enum.GetValues<DunningTrack>(), (trial, track) => (trial, track)))
        {
            var table = Given.Policy.For(track, afterTrial);
            var retries = table.RetryDays.Count == 0 ? "none, until the method changes" : string.Join(", ", table.RetryDays);
            yield return $"| {track}{(afterTrial ? ", after a trial" : "")} | {retries} | {table.PaymentFailedDay} | {table.ActNowDay} | {table.DueToTerminateDay} | {table.EndDay} |";
        }
    }

    private static void AssertShown(string heading, StateTable table) => AssertShown(heading, [.. table.Lines()]);

    private static void AssertShown(string heading, string[] lines)
    {
        var document = File.ReadAllLines(Path.Combine(Root(), "docs", "states.md"));
        var shown = document.SkipWhile(line => line != heading).SkipWhile(line => !line.StartsWith('|')).TakeWhile(line => line.StartsWith('|'));
        Assert.That(shown, Is.EqualTo(lines), () => $"docs/states.md must hold this under \"{heading}\":\n\n{string.Join('\n', lines)}\n");
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Subscriptions.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The test runs outside the repository.");
        }

        return folder.FullName;
    }
}
