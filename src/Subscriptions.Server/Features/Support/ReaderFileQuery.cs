using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Paywall;
using Subscriptions.Server.Features.Access;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Groups;

namespace Subscriptions.Server.Features.Support;

/// <summary>One subscription in a reader's file.</summary>
/// <param name="Overview">How it stands.</param>
/// <param name="Ending">Why it is to end, while the end waits for the gateway.</param>
/// <param name="DaysLeft">Paid days that a pause keeps.</param>
/// <param name="Attempts">The newest tries.</param>
/// <param name="Invoices">The newest invoices.</param>
/// <param name="Mails">The newest mails about it.</param>
public sealed record SubscriptionFile(
    SubscriptionOverview Overview, EndReason? Ending, int DaysLeft, Paged<InvoiceAttempt> Attempts, Paged<InvoiceRow> Invoices, Paged<MailRow> Mails)
{
    /// <summary>The words with which its payment problem was paused, by their ids.</summary>
    public IReadOnlyDictionary<string, string> PauseNotes { get; init; } = new Dictionary<string, string>();

    /// <summary>What is owed, with its tries; null when nothing is.</summary>
    public Invoice? OpenInvoice { get; } = Invoices.Items.FirstOrDefault(row => row.Id == Overview.OpenInvoiceId)?.ToInvoice();
}

/// <summary>An event as the timeline shows it.</summary>
/// <param name="At">When, in billing time.</param>
/// <param name="Text">A sentence.</param>
/// <param name="Actor">Who, in words.</param>
public sealed record TimelineLine(DateTimeOffset At, string Text, string Actor);

/// <summary>All that support sees of a reader.</summary>
/// <param name="Reader">The person.</param>
/// <param name="Decision">What the websites' own matcher says of a plain subscriber article.</param>
/// <param name="Access">The records that it decided on.</param>
/// <param name="Subscriptions">The reader's, newest first.</param>
/// <param name="Timeline">What happened, newest first.</param>
/// <param name="Tasks">Open tasks about the reader.</param>
/// <param name="Sessions">Sign-ins that live.</param>
public sealed record ReaderFile(
    ReaderRow Reader, Decision Decision, EntitlementAnswer Access, IReadOnlyList<SubscriptionFile> Subscriptions,
    Paged<TimelineLine> Timeline, IReadOnlyList<StaffTaskRow> Tasks, IReadOnlyList<ReaderSessionRow> Sessions)
{
    /// <summary>The last place in a group that the reader had and has no longer, where nothing lets the reader in.</summary>
    public FormerPlace? FormerPlace { get; init; }
}

/// <summary>Reads a reader's file.</summary>
public sealed class ReaderFileQuery(
    IDbContextFactory<SubscriptionsDb> databases, ReaderAccessQuery access, GroupQuery groups, SubscriptionOverviewQuery overview, SubscriptionRecords records)
{
    private const int MostShown = 20;
    private const int MostSubscriptions = 20;

    /// <summary>The file, or null when nobody has that id.</summary>
    /// <param name="id">The reader.</param>
    /// <param name="timeline">Which part of the timeline to show.</param>
    public async Task<ReaderFile?> RunAsync(ReaderId id, Page timeline)
    {
        await using var db = await databases.CreateDbContextAsync();
        if (await db.Readers.AsNoTracking().FirstOrDefaultAsync(r => r.Id == id) is not { } reader || await access.RunAsync(id) is not { } answer)
        {
            return null;
        }

        var rows = await db.Subscriptions.AsNoTracking().Where(s => s.ReaderId == id).OrderByDescending(s => s.StartedAt).Take(MostSubscriptions).ToListAsync();
        List<SubscriptionFile> subscriptions = [];
        foreach (var one in rows)
        {
            subscriptions.Add(await SubscriptionAsync(one));
        }

        return new ReaderFile(
            reader, answer.Decide(Requirement.Subscriber), answer, subscriptions, await TimelineAsync(db, id, timeline), await TasksAsync(db, [.. rows.Select(row => row.Id)]),
            await db.ReaderSessions.AsNoTracking().Where(s => s.ReaderId == id && s.RevokedAt == null).OrderByDescending(s => s.StartedAt).Take(MostShown).ToListAsync())
        {
            FormerPlace = answer.Entitled ? null : await groups.FormerAsync(id, answer.Now),
        };
    }

    /// <summary>Whether there is such a reader.</summary>
    public async Task<bool> HasReaderAsync(ReaderId id)
    {
        await using var db = await databases.CreateDbContextAsync();
        return await db.Readers.AnyAsync(r => r.Id == id);
    }

    /// <summary>Forgets that mails to her address came back or were unwanted; false when there is no such reader.</summary>
    public async Task<bool> MailAgainAsync(ReaderId id)
    {
        await using var db = await databases.CreateDbContextAsync();
        return await db.Readers.Where(r => r.Id == id).ExecuteUpdateAsync(set => set
            .SetProperty(r => r.AddressBouncedAt, (DateTimeOffset?)null).SetProperty(r => r.ComplainedAt, (DateTimeOffset?)null)) > 0;
    }

    /// <summary>Whether a subscription is this reader's.</summary>
    public async Task<bool> OwnsAsync(ReaderId reader, SubscriptionId id)
    {
        await using var db = await databases.CreateDbContextAsync();
        return await db.Subscriptions.AnyAsync(s => s.Id == id && s.ReaderId == reader);
    }

    private async Task<SubscriptionFile> SubscriptionAsync(SubscriptionRow row)
    {
        var page = Page.First(MostShown);
        var state = row.ToState();
        await using var db = await databases.CreateDbContextAsync();
        var notes = state is not Subscription.PastDue { Case.Pauses.Count: > 0 } ? new Dictionary<string, string>()
            : await db.PauseNotes.AsNoTracking().Where(n => n.SubscriptionId == row.Id).ToDictionaryAsync(n => n.Id, n => n.Text);
        return new SubscriptionFile(
            (await overview.RunAsync(row.Id))!, state.Ending(), state is Subscription.Paused paused ? paused.DaysLeft : 0,
            await records.AttemptsAsync(row.Id, page), await records.InvoicesAsync(row.Id, page), await records.MailsAsync(row.Id, null, page))
        { PauseNotes = notes };
    }

    private async Task<Paged<TimelineLine>> TimelineAsync(SubscriptionsDb db, ReaderId id, Page page)
    {
        var rows = await records.EventsAsync(id, page);
        var staff = rows.Items.Select(e => StaffId(e.Actor)).OfType<string>().Distinct().ToList();
        var names = await db.Users.Where(a => staff.Contains(a.Id)).ToDictionaryAsync(a => a.Id, a => a.Email);
        return rows.Select(e => new TimelineLine(e.At, Timeline.Tell(e), Who(e.Actor, names)));
    }

    private static string Who(string actor, Dictionary<string, string?> staff) => actor switch
    {
        Actors.System => "the timetable",
        Actors.Api => "the API",
        Actors.MailServer => "the mail server",
        _ when StaffId(actor) is { } id => staff.GetValueOrDefault(id) ?? $"a former member of staff ({id})",
        _ when actor.StartsWith("reader:", StringComparison.Ordinal) => "the reader",
        _ => actor,
    };

    private static string? StaffId(string actor) => actor.StartsWith("staff:", StringComparison.Ordinal) ? actor["staff:".Length..] : null;

    private static async Task<List<StaffTaskRow>> TasksAsync(SubscriptionsDb db, List<SubscriptionId> ids) => await db.StaffTasks.AsNoTracking()
        .Where(t => t.ClosedAt == null && t.SubscriptionId != null && ids.Contains(t.SubscriptionId.Value))
        .OrderByDescending(t => t.OpenedAt).Take(MostShown).ToListAsync();
}
