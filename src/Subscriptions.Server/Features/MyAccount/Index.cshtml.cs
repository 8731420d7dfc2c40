using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Access;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Access;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.Api;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Groups;
using Subscriptions.Server.Features.Shared;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Features.MyAccount;

/// <summary>How the reader's subscription stands, in words, and what she can do about it.</summary>
public sealed class IndexModel(
    ReaderSubscription subscriptions, BankWishQuery banks, SubscriptionCommands commands, GroupQuery groups, GroupSeats seats, ReaderAccessQuery access,
    InstitutionsSettings institutions, PasswordLetters letters, IDbContextFactory<SubscriptionsDb> databases, PublisherHours hours, BillingClock clock) : AccountPage
{
    /// <summary>What was just done, by name; an unknown name says nothing.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Done { get; set; }

    /// <summary>How it stands; null when she never subscribed.</summary>
    public SubscriptionOverview? Overview { get; private set; }

    /// <summary>Why it is to end, while the end is being carried out.</summary>
    public EndReason? Ending { get; private set; }

    /// <summary>Paid days that a pause keeps for her.</summary>
    public int DaysLeft { get; private set; }

    /// <summary>What her bank wants of her.</summary>
    public BankWish Bank { get; private set; } = new BankWish.Nothing();

    /// <summary>What her next payment uses first; below nothing where it adds what was too little to be charged; null when there is neither.</summary>
    public Money? Credit { get; private set; }

    /// <summary>Access that she was given beside any subscription, as far as it counts now.</summary>
    public IReadOnlyList<GrantRow> Given { get; private set; } = [];

    /// <summary>Her places in other people's groups.</summary>
    public IReadOnlyList<HeldPlace> Places { get; private set; } = [];

    /// <summary>How many places of her own group are taken or offered.</summary>
    public int PlacesTaken { get; private set; }

    /// <summary>The institutions to which her address belongs, in words, and whether she has to confirm it for them.</summary>
    public IReadOnlyList<(string Words, bool Ask)> Institutions { get; private set; } = [];

    /// <summary>Her address.</summary>
    public string Email { get; private set; } = "";

    /// <summary>The publisher's day, for dates.</summary>
    public PublisherHours Hours => hours;

    /// <summary>What was just done, in words.</summary>
    public string? Notice => (Done, Overview) switch
    {
        ("cancelled", { CancelAtPeriodEnd: true, Contested.SuspendsAccess: true }) => "Your cancellation is confirmed, and we shall take no further payment.",
        ("cancelled", { CancelAtPeriodEnd: true, PaidThrough: { } through }) =>
            $"Your cancellation is confirmed. You can read on until {ReaderWords.Day(through.AddDays(-1))}, and we shall take no further payment.",
        ("cancelled", { PaymentUnderWay: true }) when Ending is not null => "Your cancellation is noted. No new payment will begin.",
        ("cancelled", _) => "Your cancellation is confirmed. We shall take no further payment.",
        ("joined", _) when Places.Count > 0 => "You have accepted the invitation.",
        ("confirm", _) => "A message is on its way to your address. Its link works for a week.",
        ("left", _) => "You have left the group.",
        ("kept", { CancelAtPeriodEnd: false }) => "Your subscription goes on as before.",
        ("resumed", { State: nameof(Subscription.Active) }) => "Your subscription has been resumed.",
        ("password", _) => "Your new password is set. You have been signed out everywhere else.",
        _ => null,
    };

    /// <summary>The state of a subscription with nothing wrong.</summary>
    public string StateWords => Overview switch
    {
        { State: nameof(Subscription.Paused) } => "Your subscription is paused until you resume it. Nothing is charged, and subscriber articles are closed meanwhile."
            + (DaysLeft > 0 ? $" {CancelWords.PaidDays(DaysLeft)} {(DaysLeft == 1 ? "is" : "are")} kept for you until then." : ""),
        { CancelAtPeriodEnd: true, Contested.SuspendsAccess: true, PaidThrough: { } through } =>
            $"You have cancelled, and your subscription ends after {ReaderWords.Day(through.AddDays(-1))}. Your bank is questioning a payment for it, and subscriber articles are closed until that is decided; nothing more will be charged.",
        { CancelAtPeriodEnd: true, PaidThrough: { } through } => $"You have cancelled. You can read on until {ReaderWords.Day(through.AddDays(-1))}; nothing more will be charged.",
        { Contested: { SuspendsAccess: true } } => "Your bank is questioning a payment for your subscription. Subscriber articles are closed until that is decided, and nothing is charged meanwhile.",
        { Contested: { HoldsCharges: true } } => "Your bank is questioning a payment for your subscription. Nothing is charged until that is decided; you can read on meanwhile.",
        { ResultDueOn: not null } => $"{ReaderWords.Collection(Overview)} You can read on meanwhile.",
        { Owed: not null, FirstPayment: true } => "Your first payment is on its way. You can read on meanwhile.",
        { Owed: not null } => "Your subscription is being renewed: the payment is on its way. You can read on meanwhile.",
        { State: nameof(Subscription.Trialing), PaidThrough: { } free } => $"Your free days run until {ReaderWords.Day(free.AddDays(-1))}.",
        { PaidThrough: { } paid, MethodSetAside: true } => $"Your subscription is active and paid until {ReaderWords.Day(paid.AddDays(-1))}.",
        { PaidThrough: { } paid } => $"Your subscription is active and paid until {ReaderWords.Day(paid.AddDays(-1))}. Then it renews by itself.",
        _ => "Your subscription is active.",
    };

    /// <summary>Why it is over.</summary>
    public string EndWords => Overview is { EndedAt: { } at } over
        ? over.EndReason switch
        {
            EndReason.NonPayment => $"Your subscription ended on {ReaderWords.Day(at, hours)}, because the payment for it could not be taken. Nothing is owed any more.",
            EndReason.PaymentReversed => $"Your subscription ended on {ReaderWords.Day(at, hours)}, because your bank took a payment for it back. Nothing is owed any more.",
            EndReason.PayerDeceased => $"The subscription ended on {ReaderWords.Day(at, hours)}. Nothing is owed.",
            EndReason.NeverPaid => "You began to subscribe but did not complete it. Nothing was taken.",
            _ => $"Your subscription ended on {ReaderWords.Day(at, hours)}, as you asked.",
        }
        : "";

    public async Task OnGetAsync() => await LoadAsync();

    public Task<IActionResult> OnPostKeepAsync() => DoAsync(new SubscriptionCommand.KeepSubscription(), "kept");

    public Task<IActionResult> OnPostResumeAsync() => DoAsync(new SubscriptionCommand.ResumeSubscription(), "resumed");

    public async Task<IActionResult> OnPostConfirmAsync()
    {
        await LoadAsync();
        letters.AskConfirmation(Email);
        return RedirectToPage(new { done = "confirm", @return = Return });
    }

    public async Task<IActionResult> OnPostLeaveAsync(string? seat)
    {
        var result = ApiIds.IsPossible(seat) ? await seats.LeaveAsync(seat, Reader, Actors.Reader(Reader)) : new SeatResult.Refused(SeatRefusals.NoSeat);
        if (result is not SeatResult.Refused refused)
        {
            return RedirectToPage(new { done = "left", @return = Return });
        }

        await LoadAsync();
        ModelState.AddModelError("", refused.Refusal.Reason);
        return Again();
    }

    /// <summary>Whether a place of hers lets her read now.</summary>
    public bool ReadsBy(HeldPlace place) => granting.ContainsKey(place.SeatId);

    /// <summary>The first instant at which a place of hers lets her read no more; null where that has no date.</summary>
    public DateTimeOffset? LastsUntil(HeldPlace place) => granting.GetValueOrDefault(place.SeatId);

    private Dictionary<string, DateTimeOffset?> granting = [];

    private async Task<IActionResult> DoAsync(SubscriptionCommand command, string done)
    {
        await LoadAsync();
        var refusal = Overview is null ? SubscriptionCommands.NotFound : await commands.RunAsync(Overview.Id, command, Actors.Reader(Reader));
        if (refusal is null)
        {
            return RedirectToPage(new { done, @return = Return });
        }

        ModelState.AddModelError("", refusal.Reason);
        return Again();
    }

    private async Task LoadAsync()
    {
        Overview = await subscriptions.FindAsync(Reader);
        if (Overview is { } overview)
        {
            (Ending, DaysLeft) = await subscriptions.StandingAsync(overview.Id);
            Bank = await banks.RunAsync(overview);
            PlacesTaken = overview.Plan.Seats is null ? 0 : (await groups.OfAsync(overview.Id))?.Places.Count ?? 0;
        }

        Places = await groups.HeldByAsync(Reader);
        granting = Places.Count == 0 ? [] : (await access.RunAsync(Reader))!.Grants.Where(g => g.Kind == GrantKind.GroupSeat).ToDictionary(g => g.Record, g => g.Until);

        await using var db = await databases.CreateDbContextAsync();
        Credit = await db.CreditAccounts.AsNoTracking().FirstOrDefaultAsync(c => c.ReaderId == Reader && c.Balance != 0) is { } credit ? new Money(credit.Balance, credit.Currency) : null;
        var now = clock.Now;
        Given = await GiveAccess.Current(db, Reader, now).Where(g => g.From <= now).OrderBy(g => g.GivenAt).ToListAsync();
        var reader = await db.Readers.Where(r => r.Id == Reader).Select(r => new { r.Email, r.EmailVerifiedAt }).SingleAsync();
        Email = reader.Email;
        Institutions =
        [
            .. institutions.Of(Email).Where(one => one.LastDay is not { } last || hours.DateOf(now) <= last)
                .Select(one => InstitutionWords.Of(one, one.GrantFor(Email, reader.EmailVerifiedAt, institutions.ConfirmEvery, hours, now), hours, now)),
        ];
    }
}
