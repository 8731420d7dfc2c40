using FluentValidation;
using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Jobs;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Features.Dunning;

/// <summary>A wish to pause the payment problem of one subscription.</summary>
/// <param name="Reason">Why, by its name.</param>
/// <param name="Until">The first local date on which the timetable goes on.</param>
/// <param name="Note">In one's own words; kept apart, so that it can be erased.</param>
public sealed record PauseDunningRequest(string? Reason, DateOnly? Until, string? Note)
{
    /// <summary>Most characters of a note.</summary>
    public const int MaxNote = 1000;

    internal sealed class Rules : AbstractValidator<PauseDunningRequest>
    {
        public Rules()
        {
            RuleFor(r => r.Reason).Must(reason => ReasonOf(reason) is not null)
                .WithMessage($"Write one of {string.Join(", ", Enum.GetNames<PauseReason>().Where(name => name != nameof(PauseReason.Dispute)))}.");
            RuleFor(r => r.Until).NotNull().WithMessage("Write the first date on which the timetable goes on.");
            RuleFor(r => r.Note).MaximumLength(MaxNote).WithMessage($"A note has at most {MaxNote} characters.");
        }
    }

    // Disputes are the gateway's word, not a person's.
    internal static PauseReason? ReasonOf(string? name) =>
        Enum.GetNames<PauseReason>().Contains(name, StringComparer.Ordinal) && Enum.Parse<PauseReason>(name!) is var reason and not PauseReason.Dispute ? reason : null;
}

/// <summary>Lets the payment problem of one subscription stand still, and go on again.</summary>
public sealed class PauseDunning(
    IDbContextFactory<SubscriptionsDb> databases, Data.DatabaseProvider provider, BillingUnits units, SubscriptionCommands commands, ServerSettings settings,
    PublisherHours hours, BillingClock clock, IJobScheduler jobs)
{
    /// <summary>Null when it stands still, or why not.</summary>
    public async Task<Refusal?> RunAsync(SubscriptionId id, PauseReason reason, DateOnly until, string? note, string actor)
    {
        var most = settings.PauseDaysAtMost;
        if (until > hours.DateOf(clock.Now).AddDays(most))
        {
            return new("pause-too-long", $"A pause may last {most} days at most; it can be renewed when it is over.");
        }

        await using var read = await units.ReadAsync(id);
        if (read is null)
        {
            return SubscriptionCommands.NotFound;
        }

        var noteId = string.IsNullOrWhiteSpace(note) ? null : $"note_{id.Value}_{reason}_{clock.Now:yyyyMMddHHmmssffffff}".ToLowerInvariant();
        var refusal = await commands.RunAsync(id, new SubscriptionCommand.PauseDunning(reason, actor, until, noteId), actor);
        if (refusal is null && noteId is not null)
        {
            await KeepNoteAsync(noteId, id, note!);
        }

        return refusal;
    }

    /// <summary>Null when it goes on, or why not.</summary>
    public async Task<Refusal?> ResumeAsync(SubscriptionId id, PauseReason reason, string actor)
    {
        var refusal = await commands.RunAsync(id, new SubscriptionCommand.ResumeDunning(reason), actor);
        await jobs.LookNowAsync();
        return refusal;
    }

    private async Task KeepNoteAsync(string noteId, SubscriptionId id, string note)
    {
        await using var db = await databases.CreateDbContextAsync();
        db.PauseNotes.Add(new PauseNoteRow { Id = noteId, SubscriptionId = id, Text = note.Trim(), WrittenAt = clock.Now });
        try
        {
            await db.SaveChangesAsync();
        }
        catch (DbUpdateException twice) when (provider.IsUniqueViolation(twice))
        {
            db.ChangeTracker.Clear();
        }
    }
}
