using System.Globalization;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Access;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Paywall;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Gate;
using Subscriptions.Server.Features.Groups;
using Subscriptions.Server.Features.Mail.Templates;
using Subscriptions.Server.Features.MyAccount;
using Subscriptions.Server.Features.Shared;

namespace Subscriptions.Server.Features.Support;

/// <summary>States, dates and deliveries in words for staff. Pure.</summary>
public static class SupportWords
{
    /// <summary>Such as <c>3 May 2027</c>; as readers see it.</summary>
    public static string Day(DateOnly day) => ReaderWords.ShortDay(day);

    /// <summary>The last day before another: how readers and staff are told until when something was paid for.</summary>
    public static string LastDay(DateOnly end) => Day(end.AddDays(-1));

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
    public static IReadOnlyList<string> Describe(SubscriptionFile file, PublisherHours hours)
    {
        var o = file.Overview;
        return o.State switch
        {
            nameof(Subscription.Incomplete) when o.Owed is null => ["The free days begin as soon as the reader has entered payment details; until then nothing is delivered."],
            nameof(Subscription.Incomplete) => ["The first payment has not been taken yet, so nothing is delivered.", .. Owed(file)],
            nameof(Subscription.Trialing) when o.CancelAtPeriodEnd => [$"On a free trial that was cancelled: its last day is {LastDay(o.PaidThrough!.Value)}."],
            nameof(Subscription.Trialing) when o.Owed is not null => [$"The last day of the free trial was {LastDay(o.PaidThrough!.Value)}, and the first payment is due.", .. Owed(file)],
            nameof(Subscription.Trialing) => [$"On a free trial until {LastDay(o.PaidThrough!.Value)}; the first payment of {o.Plan.Price} is on {Day(o.PaidThrough!.Value)}."],
            nameof(Subscription.Active) when o.Owed is not null && o.FirstPayment => ["The first payment is on its way; the reader reads on meanwhile, and nothing was paid yet.", .. Owed(file)],
            nameof(Subscription.Active) when o.Owed is not null =>
                [$"The last paid day was {LastDay(o.PaidThrough!.Value)}, and the renewal is being collected; the reader reads on meanwhile.", .. Owed(file)],
            nameof(Subscription.Active) when o.CancelAtPeriodEnd => [$"Cancelled, and paid until {LastDay(o.PaidThrough!.Value)}: it ends after that day unless the cancellation is taken back."],
            nameof(Subscription.Active) when o.Contested.HoldsCharges => [$"Active and paid until {LastDay(o.PaidThrough!.Value)}; the renewal waits for the dispute."],
            nameof(Subscription.Active) => [$"Active and paid until {LastDay(o.PaidThrough!.Value)}; renews on {Day(o.PaidThrough!.Value)} at {o.Plan.Price}."],
            nameof(Subscription.PastDue) => PastDue(file, hours),
            nameof(Subscription.Paused) => [$"On hold: nothing is delivered and nothing is charged until it is resumed.{(file.DaysLeft > 0 ? $" {CancelWords.PaidDays(file.DaysLeft)} {(file.DaysLeft == 1 ? "is" : "are")} kept until then." : "")}"],
            nameof(Subscription.Ended) => [$"Ended on {Moment(o.EndedAt!.Value, hours)}: {Why(o.EndReason)}."],
            _ => [o.State],
        };
    }

    /// <summary>What a cancellation would do.</summary>
    public static string IfCancelled(SubscriptionFile file) => file.Overview switch
    {
        { CameBack: true } => "It will end when the days that are paid for are over, once the gateway has shut the request for the money that came back.",
        { Owed: null, PaidThrough: { } end } => $"It will end after {LastDay(end)}, when what is paid for is over, and can be taken back until then.",
        { State: nameof(Subscription.Paused) } when file.DaysLeft > 0 =>
            $"It will end at once, and the {CancelWords.PaidDays(file.DaysLeft)} that the reader has left are lost. This cannot be taken back.",
        { PaymentUnderWay: true } or { State: nameof(Subscription.Active) or nameof(Subscription.Trialing) } =>
            "It will end as soon as the payment that is on its way is settled. If the bank has paid already, the reader keeps the days that were paid for. This cannot be taken back.",
        _ => "Nothing paid is left, so it will end at once. This cannot be taken back.",
    };

    /// <summary>Why a payment cannot be tried now, although something is owed; null when it can.</summary>
    public static string? WhyNoTry(SubscriptionFile file) => (file.Overview, file.OpenInvoice) switch
    {
        ({ Owed: null }, _) => null,

        // The wish settles what is under way, which is how work that a bug has parked gets going again.
        ({ PaymentUnderWay: true }, _) => null,
        ({ Contested.HoldsCharges: true }, _) => InvoiceRefusals.ChargesHeld.Reason,
        ({ Method: null }, _) => "No payment can be tried: there is no payment method. The reader has to enter one.",
        ({ Method: { } method }, var open) when method.RefusedForGoodAt is not null || (open is not null && InvoiceDecider.RefusedForGood(open, method.Id)) =>
            "No payment can be tried: the bank refused this payment method for good. The reader has to enter another one.",
        ({ Method: { } method }, { } open) when Representation.UsedUp(open, method.Id) => InvoiceRefusals.PresentedOftenEnough.Reason,
        ({ Method: { } method }, { } open) when InvoiceDecider.NeedsTheReader(open, method.Id) =>
            "No payment can be tried without the reader, who has to confirm it in person. My Account and the payment page have the button that leads there.",
        _ => null,
    };

    /// <summary>Why a payment problem stands still.</summary>
    public static string Pause(PauseReason reason) => reason switch
    {
        PauseReason.Hardship => "the reader is short of money",
        PauseReason.Complaint => "a complaint is not settled",
        PauseReason.Bereavement => "a bereavement",
        PauseReason.OurMistake => "our own mistake",
        PauseReason.Dispute => "a dispute at the bank",
        PauseReason.Other => "another reason, in the note",
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
        MailState.HandedOver when mail is { Feedback: { } feedback, FeedbackAt: { } heard } =>
            $"Handed over on {Moment(mail.SettledAt!.Value, hours)}; {Feedback(feedback)} on {Moment(heard, hours)}{(mail.FeedbackCode is { } code ? $" ({code})" : "")}",
        MailState.HandedOver => $"Handed over to the mail server on {Moment(mail.SettledAt!.Value, hours)}",
        MailState.Pending when mail.Tries > 0 => $"Waiting: the mail server has not taken it in {mail.Tries} {(mail.Tries == 1 ? "try" : "tries")}{Refusal(mail)}",
        MailState.Pending => "Waiting to be sent",
        MailState.Undeliverable when mail.Kind == MailKind.DunningNotice => $"Undeliverable{Refusal(mail)}; the notice on the page counts alone",
        MailState.Undeliverable => $"Undeliverable{Refusal(mail)}",
        MailState.Withdrawn => $"Not sent: {mail.LastRefusal ?? "what it says was no longer so"}",
    };

    private static string Feedback(MailFeedback feedback) => feedback switch
    {
        MailFeedback.Delayed => "held up",
        MailFeedback.Delivered => "delivered",
        MailFeedback.Complained => "called unwanted by the reader",
        MailFeedback.Bounced => "came back for good",
    };

    /// <summary>What a mail is about.</summary>
    public static string About(MailRow mail) => mail switch
    {
        { Kind: MailKind.DunningNotice, Stage: { } stage and not DunningStage.Silent } => $"Notice: “{NoticeWords.Heading(stage)}”",
        { Kind: MailKind.EndMoved, FormerEndsOn: null } => "A payment on its way did not arrive",
        { Kind: MailKind.EndMoved } => "The told end moved",
        { Kind: MailKind.PaymentReceived } => "Payment received",
        { Kind: MailKind.SubscriptionEnded } => "Subscription ended",
        { Kind: MailKind.Welcome } => "Welcome",
        { Kind: MailKind.RefundMade } => "Refund made",
        { Kind: MailKind.CollectionUnderWay } => "Collection on its way",
        { Kind: MailKind.MethodGone } => "The payment method is gone",
        { Kind: MailKind.CardExpires } => "The card expires soon",
        { Kind: MailKind.CancellationConfirmed } => "Cancellation confirmed",
        _ => mail.Kind.ToString(),
    };

    /// <summary>How a try went.</summary>
    public static string Result(PaymentAttempt attempt) => attempt switch
    {
        { State: AttemptState.Succeeded } => "The payment was taken.",
        { State: AttemptState.NeedsAuthentication } => "The reader has to confirm it in person. It will not be tried again without the reader.",
        { Decline: { } decline } => DeclineWords.ForStaff(decline),
        { State: AttemptState.Declined } => "The bank declined.",
        { State: AttemptState.InFlight } => "Under way at this moment.",
        { State: AttemptState.AwaitingReader } => "It waits for the reader to confirm it.",
        { State: AttemptState.Processing, ResultDueOn: { } due } => $"The bank is processing it; the result is due by {Day(due)}.",
        { State: AttemptState.Processing } => "The bank is processing it; the result takes days.",
        { State: AttemptState.Unknown } => "The gateway has not said what happened; it is being asked again.",
        { State: AttemptState.NotReceived } => "It never reached the bank.",
        { State: AttemptState.RefusedByGateway } => "The gateway refused the request itself, by a mistake of ours: no bank was asked. There is a task.",
        { State: AttemptState.Abandoned } => "The reader never confirmed it.",
        _ => attempt.State.ToString(),
    };

    private static List<string> PastDue(SubscriptionFile file, PublisherHours hours)
    {
        var o = file.Overview;
        List<string> words = [.. Owed(file)];
        if (o.Contested.HoldsCharges)
        {
            return [.. words, "The payment problem stands still while a payment is disputed: nothing is tried, sent or ended.", .. o.Closed ? [Closed] : Array.Empty<string>()];
        }

        if (o.CameBack)
        {
            return ["The payment that the bank had taken back came back, so nothing is owed: no notice is shown or sent, and nothing ends. The payment problem is closed as soon as the gateway has shut the request for the money."];
        }

        if (o.Ending is not null)
        {
            return [.. words, "It is being ended: no notice is shown or sent any more, and nothing new is collected."];
        }

        words.Add(o.Stage is { } stage and not DunningStage.Silent
            ? $"The notice “{NoticeWords.Heading(stage)}” is shown to the reader."
            : "The reader has been told nothing yet: the first tries are silent.");
        words.AddRange(o.Pauses.Select(pause => $"It is paused until {Day(pause.Until)}: {Pause(pause.Reason)}."));
        words.Add(o.NextAttemptAt is { } next
            ? $"The next try is on {Moment(next, hours)}."
            : o.ResultDueOn is not null ? "Nothing else is tried while a payment is on its way."
            : "It is not tried again by itself: the reader has to enter payment details.");
        words.Add(o switch
        {
            { EndsAt: { } end, Closed: true } => $"{Closed} The subscription ends on {Moment(end, hours)}.",
            { Closed: true } => Closed,
            { EndsAt: { } end, ClosesAt: { } closes } =>
                $"The reader reads on until the third notice, on {Moment(closes, hours)} at the earliest; then subscriber articles close, and the subscription ends on {Moment(end, hours)}.",
            { AccessEndsAt: { } end } => $"The reader reads on until {Moment(end, hours)}; then the subscription ends.",
            { PaymentUnderWay: true } => "The reader reads on; no end is told while a payment is on its way.",
            _ => "The reader reads on; no end has been told.",
        });
        return words;
    }

    private const string Closed = "Subscriber articles are closed for the reader until what is owed is paid, as the policy has it for the third stage.";

    private static IEnumerable<string> Owed(SubscriptionFile file)
    {
        var o = file.Overview;
        if (o.Owed is { } owed)
        {
            yield return $"{owed} is owed on invoice {o.OpenInvoiceId}{(o.PaymentUnderWay ? "; a payment is under way" : "")}.";
        }

        if (o.ResultDueOn is { } due)
        {
            yield return $"The result of the collection is due by {Day(due)}{(o.ResultLate ? " and is late" : "")}; nothing else is charged and no notice is sent meanwhile.";
        }

        if (file.OpenInvoice?.Attempts.LastOrDefault(attempt => attempt.Decline is not null) is { } failed)
        {
            yield return $"The last try failed: {Result(failed)}";
        }
    }

    private static string Why(EndReason? reason) => reason switch
    {
        EndReason.NonPayment => "for non-payment",
        EndReason.Canceled => "it was cancelled",
        EndReason.PaymentReversed => "a payment was taken back by the bank",
        EndReason.PayerDeceased => "the bank says that the payer has died",
        EndReason.NeverPaid => "it never began: first payment or payment details never came",
        _ => "no reason recorded",
    };

    private static string Refusal(MailRow mail) => mail.LastRefusal is { Length: > 0 } said ? $" (it said: {said})" : "";
}
