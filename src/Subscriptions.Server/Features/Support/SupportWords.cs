using System.Globalization;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Access;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Mail.Templates;

namespace Subscriptions.Server.Features.Support;

/// <summary>States, dates and deliveries in words for staff. Pure.</summary>
public static class SupportWords
{
    /// <summary>Such as <c>3 May 2027</c>.</summary>
    public static string Day(DateOnly day) => day.ToString("d MMM yyyy", CultureInfo.InvariantCulture);

    /// <summary>The publisher's local date and time, such as <c>Mon 3 May 2027, 06:00</c>.</summary>
    public static string Moment(DateTimeOffset at, PublisherHours hours) =>
        TimeZoneInfo.ConvertTime(at, hours.Zone).ToString("ddd d MMM yyyy, HH:mm", CultureInfo.InvariantCulture);

    /// <summary>A state's name as staff call it.</summary>
    public static string State(string state) => state switch
    {
        nameof(Subscription.Incomplete) => "Not begun",
        nameof(Subscription.Trialing) => "On trial",
        nameof(Subscription.PastDue) => "Payment problem",
        nameof(Subscription.Paused) => "On hold",
        _ => state,
    };

    /// <summary>How a subscription stands, with its dates, in sentences.</summary>
    public static IReadOnlyList<string> Describe(SubscriptionOverview o, PublisherHours hours) => o.State switch
    {
        nameof(Subscription.Incomplete) when o.Owed is null => ["Her free days begin as soon as she has entered payment details; until then nothing is delivered."],
        nameof(Subscription.Incomplete) => ["The first payment has not been taken yet, so nothing is delivered.", .. Owed(o)],
        nameof(Subscription.Trialing) when o.CancelAtPeriodEnd => [$"On a free trial that was cancelled: it ends on {Day(o.PaidThrough!.Value)}."],
        nameof(Subscription.Trialing) when o.Owed is not null => [$"The free trial ended on {Day(o.PaidThrough!.Value)} and the first payment is due.", .. Owed(o)],
        nameof(Subscription.Trialing) => [$"On a free trial; the first payment of {o.Plan.Price} is on {Day(o.PaidThrough!.Value)}."],
        nameof(Subscription.Active) when o.Owed is not null =>
            [$"The paid period ended on {Day(o.PaidThrough!.Value)} and its renewal is being collected; she reads on meanwhile.", .. Owed(o)],
        nameof(Subscription.Active) when o.CancelAtPeriodEnd => [$"Cancelled, and paid until {Day(o.PaidThrough!.Value)}: it ends then unless the cancellation is taken back."],
        nameof(Subscription.Active) => [$"Active and paid until {Day(o.PaidThrough!.Value)}; renews then at {o.Plan.Price}."],
        nameof(Subscription.PastDue) => PastDue(o, hours),
        nameof(Subscription.Paused) => ["On hold: nothing is delivered and nothing is charged until it is resumed."],
        nameof(Subscription.Ended) => [$"Ended on {Moment(o.EndedAt!.Value, hours)}: {Why(o.EndReason)}."],
        _ => [o.State],
    };

    /// <summary>Why nobody lets her in, by the name that the service gives the reason.</summary>
    public static string WithoutGrant(string reason) => reason switch
    {
        "NoSubscription" => "She is registered only and never had a subscription.",
        "EndedForNonPayment" => "Her subscription ended for non-payment.",
        "Canceled" => "Her subscription was cancelled and is over.",
        "Paused" => "Her subscription is on hold.",
        "FirstPaymentMissing" => "Her subscription has not begun: the first payment, or the payment details for her free days, are missing.",
        _ => $"No record lets her in ({reason}).",
    };

    /// <summary>Which rule lets her in.</summary>
    public static string Grant(GrantKind kind) => kind switch
    {
        GrantKind.Subscription => "Paid subscription",
        GrantKind.Trial => "Free trial",
        GrantKind.RenewalPending => "Renewal under way",
        GrantKind.Grace => "Kept while payment is retried",
    };

    /// <summary>Where an invoice stands.</summary>
    public static string Status(InvoiceStatus status) => status switch
    {
        InvoiceStatus.Open => "Open",
        InvoiceStatus.Paid => "Paid",
        InvoiceStatus.Void => "Void (never owed)",
        InvoiceStatus.Uncollectible => "Written off",
        InvoiceStatus.NothingDue => "Nothing due",
    };

    /// <summary>Where a mail stands, in words with dates.</summary>
    public static string Delivery(MailRow mail, PublisherHours hours) => mail.State switch
    {
        MailState.HandedOver => $"Handed over to the mail server on {Moment(mail.SettledAt!.Value, hours)}",
        MailState.Pending when mail.Tries > 0 => $"Waiting: the mail server has not taken it in {mail.Tries} {(mail.Tries == 1 ? "try" : "tries")}{Refusal(mail)}",
        MailState.Pending => "Waiting to be sent",
        MailState.Undeliverable when mail.Kind == MailKind.DunningNotice => $"Undeliverable{Refusal(mail)}; the notice on the page counts alone",
        MailState.Undeliverable => $"Undeliverable{Refusal(mail)}",
        MailState.Withdrawn => "Not sent: what it says was no longer so",
    };

    /// <summary>What a mail is about.</summary>
    public static string About(MailRow mail) => mail switch
    {
        { Kind: MailKind.DunningNotice, Stage: { } stage and not DunningStage.Silent } => $"Notice: “{NoticeWords.Heading(stage)}”",
        { Kind: MailKind.EndMoved } => "The told end moved",
        { Kind: MailKind.PaymentReceived } => "Payment received",
        { Kind: MailKind.SubscriptionEnded } => "Subscription ended",
        { Kind: MailKind.Welcome } => "Welcome",
        { Kind: MailKind.CancellationConfirmed } => "Cancellation confirmed",
        _ => mail.Kind.ToString(),
    };

    /// <summary>How a try went.</summary>
    public static string Result(PaymentAttempt attempt) => attempt switch
    {
        { State: AttemptState.Succeeded } => "The payment was taken.",
        { Decline: { } decline } => DeclineWords.ForStaff(decline),
        { State: AttemptState.Declined } => "The bank declined.",
        { State: AttemptState.NeedsAuthentication } => "The bank wants the reader to confirm the payment herself.",
        { State: AttemptState.InFlight } => "Under way at this moment.",
        { State: AttemptState.AwaitingReader } => "The bank is asking the reader.",
        { State: AttemptState.Processing } => "The bank is processing it; the result takes days.",
        { State: AttemptState.Unknown } => "The gateway has not said what happened; it is being asked again.",
        { State: AttemptState.NotReceived } => "It never reached the bank.",
        { State: AttemptState.Abandoned } => "The bank's question was never answered.",
        _ => attempt.State.ToString(),
    };

    private static List<string> PastDue(SubscriptionOverview o, PublisherHours hours)
    {
        List<string> words = [.. Owed(o)];
        words.Add(o.Stage is { } stage and not DunningStage.Silent
            ? $"The notice “{NoticeWords.Heading(stage)}” is shown to her."
            : "She has been told nothing yet: the first tries are silent.");
        words.Add(o.NextAttemptAt is { } next
            ? $"The next try is on {Moment(next, hours)}."
            : "It is not tried again by itself: she has to change the payment details.");
        words.Add(o.AccessEndsAt is { } end
            ? $"She reads on until {Moment(end, hours)}; then the subscription ends."
            : "She reads on; no end has been told.");
        return words;
    }

    private static IEnumerable<string> Owed(SubscriptionOverview o)
    {
        if (o.Owed is { } owed)
        {
            yield return $"{owed} is owed on invoice {o.OpenInvoiceId}{(o.PaymentUnderWay ? "; a payment is under way" : "")}.";
        }

        if (o is { Owed: not null, LastDecline: { } decline })
        {
            yield return $"The last try failed: {DeclineWords.ForStaff(decline)}";
        }
    }

    private static string Why(EndReason? reason) => reason switch
    {
        EndReason.NonPayment => "for non-payment",
        EndReason.Canceled => "it was cancelled",
        EndReason.NeverPaid => "it never began: first payment or payment details never came",
        _ => "no reason recorded",
    };

    private static string Refusal(MailRow mail) => mail.LastRefusal is { Length: > 0 } said ? $" (it said: {said})" : "";
}
