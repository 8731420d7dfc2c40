using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.Api;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Dunning;

namespace Subscriptions.Server.Features.Support;

/// <summary>Everything about one reader on one page, and what staff may do for that reader.</summary>
public sealed class ReaderModel(ReaderFileQuery files, SubscriptionCommands commands, RetryNow retry, ReaderSessions sessions, PauseDunning pause, PublisherHours hours) : SupportPage
{
    /// <summary>The reader's id.</summary>
    [BindProperty(SupportsGet = true)]
    public string Id { get; set; } = "";

    /// <summary>The subscription that an action is about.</summary>
    [BindProperty]
    public string? Subscription { get; set; }

    /// <summary>Why the payment problem is paused, or which pause is to end.</summary>
    [BindProperty]
    public string? Reason { get; set; }

    /// <summary>The first date on which it goes on, as browsers write dates.</summary>
    [BindProperty]
    public string? Until { get; set; }

    /// <summary>The author's words.</summary>
    [BindProperty]
    public string? Note { get; set; }

    /// <summary>The sign-in that an action is about; null means all.</summary>
    [BindProperty]
    public string? Session { get; set; }

    /// <summary>What is shown; null when nobody has that id.</summary>
    public ReaderFile? Shown { get; private set; }

    /// <summary>The publisher's day.</summary>
    public PublisherHours Hours => hours;

    public async Task<IActionResult> OnGetAsync()
    {
        Shown = ApiIds.IsPossible(Id) ? await files.RunAsync(ReaderId.From(Id), PageQuery.Read(Request.Query).Page) : null;
        return new PageResult { StatusCode = Shown is null ? StatusCodes.Status404NotFound : StatusCodes.Status200OK };
    }

    public Task<IActionResult> OnPostCancelAsync() => CommandAsync(new SubscriptionCommand.CancelSubscription(), "The subscription was cancelled.");

    public Task<IActionResult> OnPostKeepAsync() => CommandAsync(new SubscriptionCommand.KeepSubscription(), "The cancellation was taken back.");

    public Task<IActionResult> OnPostPauseAsync() => CommandAsync(new SubscriptionCommand.PauseSubscription(), "The subscription is on hold now.");

    public Task<IActionResult> OnPostResumeAsync() => CommandAsync(new SubscriptionCommand.ResumeSubscription(), "The subscription was taken up again.");

    public async Task<IActionResult> OnPostPauseDunningAsync()
    {
        if (await OwnAsync() is not { } id)
        {
            return Back();
        }

        if (PauseDunningRequest.ReasonOf(Reason) is not { } reason || Note is { Length: > PauseDunningRequest.MaxNote }
            || !DateOnly.TryParseExact(Until, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var until))
        {
            Say($"Choose a reason and the date on which the timetable goes on; a note has at most {PauseDunningRequest.MaxNote} characters. Nothing was changed.", wentWell: false);
            return Back();
        }

        var refusal = await pause.RunAsync(id, reason, until, Note, Actor);
        Say(refusal?.Reason ?? $"The payment problem stands still until {SupportWords.Day(until)}.", wentWell: refusal is null);
        return Back();
    }

    public async Task<IActionResult> OnPostResumeDunningAsync()
    {
        if (await OwnAsync() is { } id)
        {
            var refusal = PauseDunningRequest.ReasonOf(Reason) is { } reason ? await pause.ResumeAsync(id, reason, Actor) : Refusals.DunningNotPaused;
            Say(refusal?.Reason ?? "The payment problem goes on tomorrow; what the reader was told stays the earliest end.", wentWell: refusal is null);
        }

        return Back();
    }

    public async Task<IActionResult> OnPostMailAgainAsync()
    {
        if (ApiIds.IsPossible(Id) && await files.MailAgainAsync(ReaderId.From(Id)))
        {
            Say("Mails go to this address again from now on.");
        }

        return Back();
    }

    public async Task<IActionResult> OnPostRetryAsync()
    {
        if (await OwnAsync() is not { } id)
        {
            return Back();
        }

        switch (await retry.RunAsync(id, new CollectOrder(AttemptTrigger.Staff, Actor, null, Now: true)))
        {
            case RetryResult.Tried { Attempt: { State: AttemptState.Succeeded } attempt }:
                Say($"Try {attempt.Number}: the payment was taken.");
                break;
            case RetryResult.Tried { Attempt: var attempt }:
                Say($"Try {attempt.Number}: {SupportWords.Result(attempt)}", wentWell: false);
                break;
            case RetryResult.Refused refused:
                Say($"No payment was tried. {refused.Refusal.Reason}", wentWell: false);
                break;
        }

        return Back();
    }

    public async Task<IActionResult> OnPostEndSessionsAsync()
    {
        if (!ApiIds.IsPossible(Id) || !await files.HasReaderAsync(ReaderId.From(Id)))
        {
            return Back();
        }

        if (Session is null)
        {
            await sessions.RevokeAllAsync(ReaderId.From(Id), except: null, Actor);
            Say("Every sign-in of this reader was ended; websites hear of it within seconds.");
        }
        else if (await sessions.IsLiveAsync(Session, ReaderId.From(Id)))
        {
            await sessions.RevokeAsync(Session, Actor);
            Say("The sign-in was ended; websites hear of it within seconds.");
        }
        else
        {
            Say("That sign-in had ended already.", wentWell: false);
        }

        return Back();
    }

    private async Task<IActionResult> CommandAsync(SubscriptionCommand command, string done)
    {
        if (await OwnAsync() is { } id)
        {
            var refusal = await commands.RunAsync(id, command, Actor);
            Say(refusal?.Reason ?? done, wentWell: refusal is null);
        }

        return Back();
    }

    // A form names reader and subscription: an action on somebody else's subscription is a mistake, never carried out.
    private async Task<SubscriptionId?> OwnAsync()
    {
        if (ApiIds.IsPossible(Id) && Subscription is { } id && ApiIds.IsPossible(id)
            && await files.OwnsAsync(ReaderId.From(Id), SubscriptionId.From(id)))
        {
            return SubscriptionId.From(id);
        }

        Say("This reader has no such subscription. Nothing was changed.", wentWell: false);
        return null;
    }

    private RedirectToPageResult Back() => RedirectToPage(new { id = Id });
}
