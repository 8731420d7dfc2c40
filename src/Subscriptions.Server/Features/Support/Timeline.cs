using System.Collections.Frozen;
using System.Text.Json;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Access;
using Subscriptions.Domain.Credits;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Access;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Groups;
using Subscriptions.Server.Features.Mail.Templates;
using Subscriptions.Server.Hosting;
using static Subscriptions.Domain.Invoices.InvoiceEvent;
using static Subscriptions.Domain.Subscriptions.SubscriptionEvent;

namespace Subscriptions.Server.Features.Support;

/// <summary>From an event to a sentence for support. Pure and total: the same row always tells the same, and every row tells something.</summary>
public static class Timeline
{
    private static readonly FrozenSet<string> _ofSubscriptions = NamesOf(typeof(SubscriptionEvent));
    private static readonly FrozenSet<string> _ofInvoices = NamesOf(typeof(InvoiceEvent));

    /// <summary>Tells what a row recorded.</summary>
    public static string Tell(EventRow row)
    {
        try
        {
            return row.Type switch
            {
                GiveAccess.GivenEvent when Read<AccessEvent>(row) is { } given =>
                    $"Access was given ({AccessWords.Grant(given.Kind).ToLowerInvariant()}, record {row.Stream}){(given.Until is { } until ? $"; it ends on {SupportWords.Day(DateOnly.FromDateTime(until.UtcDateTime))} (UTC)" : "")}.",
                GiveAccess.WithdrawnEvent when Read<AccessEvent>(row) is { } withdrawn => $"Given access was withdrawn ({AccessWords.Grant(withdrawn.Kind).ToLowerInvariant()}, record {row.Stream}).",
                SeatEvents.Invited => $"Somebody was invited into the group (place {row.Stream}).",
                SeatEvents.Taken => $"Reader {row.ReaderId} took a place in the group of {Read<SeatEvent>(row).SubscriptionId} (place {row.Stream}).",
                SeatEvents.Ended => $"A place in the group of {Read<SeatEvent>(row).SubscriptionId} is over: {Why(Read<SeatEvent>(row).End)} (place {row.Stream}).",
                SeatEvents.AccessChanged => $"What the group of {Read<SeatEvent>(row).SubscriptionId} lets its readers read has changed (place {row.Stream}).",
                ConfirmAddress.ConfirmedEvent => "The reader confirmed that the address is hers.",
                InstitutionChanges.ChangedEvent => "The institutions in the settings changed, and with them perhaps what the reader may read.",
                ReaderSessions.RevokedEvent when SessionEnded.Read(row) is { Sessions: { } most } => $"Sign-in {row.Stream} was ended to make room for a later one: {most} at once are allowed.",
                ReaderSessions.RevokedEvent => $"Sign-in {row.Stream} was ended.",
                _ when _ofSubscriptions.Contains(row.Type) => Tell(Read<SubscriptionEvent>(row)),
                _ when _ofInvoices.Contains(row.Type) => Tell(Read<InvoiceEvent>(row), row.Stream),
                nameof(CreditEvent.CreditGranted) when Read<CreditEvent>(row) is CreditEvent.CreditGranted granted => AdjustmentWords.Tell(granted),
                _ => Unknown(row.Type),
            };
        }
        catch (Exception other) when (other is JsonException or NotSupportedException or InvalidOperationException or NullReferenceException or ArgumentException)
        {
            // Written by a version that gave the event another shape: its name still says something.
            return Unknown(row.Type);
        }
    }

    /// <summary>Tells what happened to a subscription.</summary>
    public static string Tell(SubscriptionEvent happened) => happened switch
    {
        SubscriptionStarted { Invoice: { } first } e => $"The subscription began on plan {e.Contract.PlanVersionId}; the first payment is awaited on invoice {first.Id}.",
        SubscriptionStarted e => $"Plan {e.Contract.PlanVersionId} was agreed; its free days begin as soon as payment details are there.",
        TrialStarted e => $"A free trial began on plan {e.Contract.PlanVersionId}; its last day is {SupportWords.LastDay(e.Trial.To)}.",
        SubscriptionActivated { WithoutPayment: true } e => $"The subscription began without a payment: nothing was due on invoice {e.InvoiceId}; it lasts until {SupportWords.LastDay(e.Period.To)}.",
        SubscriptionActivated e => $"The first payment was taken (invoice {e.InvoiceId}); paid until {SupportWords.LastDay(e.Period.To)}.",
        FirstPaymentUnderWay e => $"The first payment is on its way (invoice {e.InvoiceId}); the reader reads on from now.",
        RenewalInvoiceRaised e => $"Invoice {e.Invoice.Id} was raised for {SupportWords.Day(e.Invoice.Period.From)} to {SupportWords.LastDay(e.Invoice.Period.To)}.",
        SubscriptionRenewed { WithoutPayment: true } e => $"The subscription was renewed without a payment: nothing is owed on invoice {e.InvoiceId}; it lasts until {SupportWords.LastDay(e.Period.To)}.",
        SubscriptionRenewed e => $"The subscription was renewed (invoice {e.InvoiceId}); paid until {SupportWords.LastDay(e.Period.To)}.",
        FirstPaymentDeclined e => $"The first payment was declined (invoice {e.InvoiceId}{Try(e.Attempt)}).",
        DunningCaseOpened e => $"Payment problem {e.Case.Number} began: invoice {e.InvoiceId} could not be collected{Try(e.Attempt)}. {Track(e.Case.Track)}",
        DunningRetryDeclined { Attempt: 0 } e => $"Nothing could be tried on invoice {e.InvoiceId}: the payment method may not be used, or not without the reader. {Track(e.Track)}",
        DunningRetryDeclined { AgainAt: { } again } e => $"Another try was declined (invoice {e.InvoiceId}{Try(e.Attempt)}). It is presented again on {SupportWords.Day(DateOnly.FromDateTime(again.UtcDateTime.AddHours(12)))}.",
        DunningRetryDeclined e => $"Another try was declined (invoice {e.InvoiceId}{Try(e.Attempt)}). {Track(e.Track)}",
        DunningRetryHeldBack e => $"No try was made on invoice {e.InvoiceId}: this card has been tried as often as its network allows. It may be tried again from {SupportWords.Day(DateOnly.FromDateTime(e.Until.UtcDateTime))}.",
        DunningStageEntered e => $"The notice {Heading(e.Stage)} is shown from now on; the end it tells is {SupportWords.Day(e.EndsOn)}{Closing(e.ClosesOn)}.",
        DunningNoticeHandedOver e => $"The mail server took the notice {Heading(e.Stage)}; it tells {SupportWords.Day(e.EndsOn)} as the end{Closing(e.ClosesOn)}.",
        DunningNoticeUndeliverable e => $"The notice {Heading(e.Stage)} cannot be delivered by mail; the one on the page counts.",
        DunningNoticeBounced e => $"The mail with the notice {Heading(e.Stage)} came back: it was not delivered, and the one on the page counts.",
        DunningPaused e => $"The payment problem was paused until {SupportWords.Day(e.Pause.Until)} ({SupportWords.Pause(e.Pause.Reason)}): until then no notice begins, nothing is tried and nothing ends.",
        DunningResumed e => $"The payment problem goes on ({SupportWords.Pause(e.Reason)} was the reason for its pause); {Count(e.Held.Days)} did not count.",
        DunningFreezeCounted e => $"Everything in the payment problem that had not come yet comes {Count(e.Held.Days)} later: it was frozen from {SupportWords.Day(e.Held.From)} to {SupportWords.LastDay(e.Held.Until)} because of an incident.",
        DunningEndMoved { Reason: EndMoveReason.DailyCap } e =>
            $"The end moved from {SupportWords.Day(e.FormerEndsOn)} to {SupportWords.Day(e.EndsOn)}: no more subscriptions end on one day than the setting Publisher:EndingsPerDay allows.",
        DunningEndMoved e => $"The end that had been told moved to {SupportWords.Day(e.EndsOn)}.",
        DunningClosingMoved e => $"The day on which subscriber articles close moved from {SupportWords.Day(e.FormerClosesOn)} to {SupportWords.Day(e.ClosesOn)}.",
        SubscriptionRecovered { WithoutPayment: true } e => $"Nothing is owed on invoice {e.InvoiceId} any more, without a payment: the payment problem is over; it lasts until {SupportWords.LastDay(e.Period.To)}.",
        SubscriptionRecovered e => $"The owed payment was taken (invoice {e.InvoiceId}): the payment problem is over; paid until {SupportWords.LastDay(e.Period.To)}.",
        PaymentMethodChanged e => $"Payment method {e.PaymentMethodId} is charged from now on.",
        PaymentMethodRenewed { SameNumber: true } e => $"The bank renewed the card behind payment method {e.PaymentMethodId}: another date of expiry, the same number.",
        PaymentMethodRenewed e => $"The bank issued another card behind payment method {e.PaymentMethodId}; it is charged from now on.",
        CardExpiryWarned e => $"The card behind payment method {e.PaymentMethodId} expires within {Count(e.DaysAhead)}; a mail to the reader says so, unless the card changes before it goes.",
        CancellationScheduled e => $"The subscription was cancelled; it ends after {SupportWords.LastDay(e.EndsOn)}, when what is paid for is over.",
        CancellationWithdrawn => "The cancellation was taken back; the subscription goes on.",
        EndRequested e => $"The subscription is to end at once ({Why(e.Reason)}); no further payment may begin.",
        SubscriptionEnded { OpenInvoiceId: { } open } e => $"The subscription ended ({Why(e.Reason)}); invoice {open} was closed unpaid.",
        SubscriptionEnded e => $"The subscription ended ({Why(e.Reason)}).",
        LatePaymentReceived e => $"Money came late for invoice {e.InvoiceId}; it goes back in full.",
        ChargesHeld e => $"A payment is disputed (invoice {e.Dispute.InvoiceId}, {e.Dispute.DisputeId}): nothing is charged by itself until that is decided{(e.Dispute.SuspendsAccess ? ", and by setting the reader may not read meanwhile" : "")}.",
        ChargesReleased e => $"Dispute {e.DisputeId} is decided.{(e.DelayDays > 0 ? $" The payment problem stood still for {Count(e.DelayDays)}; everything in it comes that much later." : "")}",
        PaymentMethodGone e => $"Payment method {e.PaymentMethodId} can be charged no more: it was taken away at the payment provider, or its mandate has ended. The reader is asked for another.",
        PaymentMethodSetAside e => $"The bank took back what payment method {e.PaymentMethodId} had paid for invoice {e.InvoiceId}: it is not charged by itself any more, unless the reader enters it anew.",
        ReversalRecorded e => $"{e.Owed.Amount} of invoice {e.Owed.Replaces} is owed again, because the bank took it back; it is asked for as soon as nothing else is owed.",
        ReversalDropped e => $"What the bank took back of invoice {e.Replaces} came back; it is not asked for again.",
        ReplacementInvoiceRaised e => $"Invoice {e.Invoice.Id} asks again for {e.Amount} that the bank took back of invoice {e.Invoice.Replaces}. The former payment method is not charged for it unless the reader enters it anew.",
        ReplacementWithdrawn e => $"What the bank had taken back came back: invoice {e.InvoiceId} is not owed any more, and the payment problem is over; paid until {SupportWords.LastDay(e.Period.To)}.",
        SubscriptionPaused e => $"The subscription was put on hold; {Days(e.DaysLeft)} still owed to the reader.",
        SubscriptionResumed e => $"The subscription was taken up again; paid until {SupportWords.LastDay(e.Period.To)}.",
        _ => Unknown(happened.GetType().Name),
    };

    /// <summary>Tells what happened to an invoice.</summary>
    /// <param name="happened">The event.</param>
    /// <param name="invoice">The invoice's id.</param>
    public static string Tell(InvoiceEvent happened, string invoice) => happened switch
    {
        InvoiceRaised e => $"{e.Total} became due on invoice {e.Id}, for {SupportWords.Day(e.Period.From)} to {SupportWords.LastDay(e.Period.To)}.",
        PaymentIntentCreated e => $"The gateway prepared the payment of invoice {invoice} ({e.GatewayId}).",
        PaymentAttemptStarted e => $"Try {e.Attempt.Number} to collect invoice {invoice} began{Trigger(e.Attempt.Trigger)}.",
        PaymentIntentAmountChanged e => $"The gateway's payment of invoice {invoice} asks for {e.Amount} from now on.",
        PaymentAttemptSucceeded e => $"Try {e.Attempt} took {e.Amount} for invoice {invoice}{Charge(e.ChargeId)}.",
        PaymentAttemptDeclined e => $"Try {e.Attempt} for invoice {invoice} was declined. {DeclineWords.ForStaff(e.Decline)}{Code(e.Decline)}",
        PaymentAttemptNeedsAuthentication e => $"Try {e.Attempt} for invoice {invoice} was refused: the reader has to confirm it in person.{Code(e.Decline)}",
        PaymentAttemptAwaitsReader e => $"Try {e.Attempt} for invoice {invoice} waits for the reader to confirm it.",
        PaymentAttemptProcessing { ResultDueOn: { } due } e => $"Try {e.Attempt} for invoice {invoice} is being processed by the bank; the result is due by {SupportWords.Day(due)}.",
        PaymentIntentKindChanged e => $"The gateway's payment {e.Number} of invoice {invoice} takes another kind of method now ({MethodKinds.NameOf(e.Kind)}).",
        PaymentAttemptProcessing e => $"Try {e.Attempt} for invoice {invoice} is being processed by the bank; the result takes days.",
        PaymentAttemptUnknown e => $"The gateway did not say what became of try {e.Attempt} for invoice {invoice}; it is being asked again ({Brief(e.Reason)}).",
        PaymentAttemptNotReceived e => $"Try {e.Attempt} for invoice {invoice} never reached the bank ({Brief(e.Reason)}).",
        PaymentAttemptRefusedByGateway e => $"The gateway refused try {e.Attempt} for invoice {invoice} by a mistake of ours ({Brief(e.Reason)}). No bank was asked; it is tried again on the next day, or when staff or the reader ask for it.",
        PaymentAttemptAbandoned e => $"Try {e.Attempt} for invoice {invoice} ended: the reader never confirmed it.",
        PaymentFound e => $"The gateway holds a payment of invoice {invoice} of which there was no record ({e.Attempt.PaymentIntentId}); it was taken into the record as try {e.Attempt.Number}.",
        FormerCardSetAside e => $"What was said of the former card behind {e.PaymentMethodId} no longer counts for invoice {invoice}.",
        CollectingStopped => $"No further try to collect invoice {invoice} may begin.",
        PaymentIntentCanceled e => $"The gateway's payment {e.Number} of invoice {invoice} was cancelled; it can take no money any more.",
        DisputeOpened e => $"The reader's bank disputes {e.Dispute.Amount} of invoice {invoice} ({e.Dispute.GatewayId}, {e.Dispute.Reason}){(e.Dispute.Status == DisputeStatus.Inquiry ? "; so far it only asks, and no money has moved" : "; the money has left our balance")}.",
        DisputeUpdated { Dispute.Status: DisputeStatus.Open } e => $"Dispute {e.Dispute.GatewayId} of invoice {invoice} changed; the money is out of our balance, and the bank decides.",
        DisputeUpdated e => $"Dispute {e.Dispute.GatewayId} of invoice {invoice} changed at the gateway.",
        DisputeWon { Returned.Amount: 0 } e => $"The bank's inquiry {e.Dispute.GatewayId} about invoice {invoice} came to nothing.",
        DisputeWon e => $"Dispute {e.Dispute.GatewayId} of invoice {invoice} was won: {e.Returned} came back.",
        DisputeLost e => $"Dispute {e.Dispute.GatewayId} of invoice {invoice} was lost{(e.Dispute.Contestable ? "" : "; this kind of payment cannot be contested")}.",
        PaymentReversed e => $"{e.Amount} of invoice {invoice} was taken back by the bank. The invoice stays paid and is marked reversed; {e.Owed} is owed again.",
        ReversalUndone e => $"{e.Amount} of invoice {invoice}, which the bank had taken back, came back after all.",
        FraudWarningReceived e => $"A card network warns that the card's owner calls the payment of invoice {invoice} fraud ({e.Warning.GatewayId}, {e.Warning.FraudType}).",
        InvoiceWithdrawn => $"Invoice {invoice} is not owed any more, because the money that it asks for again came back.",
        _ when AdjustmentWords.Tell(happened, invoice) is { } told => told,
        _ => Unknown(happened.GetType().Name),
    };

    private static string Unknown(string type) => $"Something happened that this page has no words for ({type}).";

    private static string Try(int attempt) => attempt == 0 ? ", without a try: no payment method may be tried" : $", try {attempt}";

    private static string Track(DunningTrack track) => track switch
    {
        DunningTrack.TimeMayHeal => "It will be tried again on later days.",
        DunningTrack.ReaderMustAct => "It will not be tried again until the payment details change.",
    };

    private static string Heading(DunningStage stage) => stage == DunningStage.Silent ? "(none)" : $"“{NoticeWords.Heading(stage)}”";

    private static string Trigger(AttemptTrigger trigger) => trigger switch
    {
        AttemptTrigger.Schedule => " by the timetable",
        AttemptTrigger.Reader => ", the reader present",
        AttemptTrigger.MethodUpdated => " because the payment details changed",
        AttemptTrigger.Staff => " at the wish of staff",
    };

    private static string Why(EndReason reason) => reason switch
    {
        EndReason.NonPayment => "ended for non-payment",
        EndReason.Canceled => "cancelled",
        EndReason.PaymentReversed => "a payment was taken back by the bank",
        EndReason.PayerDeceased => "the bank says that the payer has died",
        EndReason.NeverPaid => "the first payment never came",
    };

    /// <summary>Why a place in a group is over.</summary>
    internal static string Why(SeatEnd? end) => end switch
    {
        SeatEnd.Withdrawn => "the invitation was withdrawn",
        SeatEnd.Expired => "nobody accepted the invitation in time",
        SeatEnd.TakenBack => "it was taken back",
        SeatEnd.Left => "its reader gave it up",
        _ => "no reason recorded",
    };

    private static string Code(Decline decline) => $" ({decline.DeclineCode ?? decline.Code})";

    private static string Charge(string? id) => id is null ? "" : $" (charge {id})";

    private static string Closing(DateOnly? on) => on is { } day ? $", and {SupportWords.Day(day)} as the day on which subscriber articles close" : "";

    private static string Count(int days) => days == 1 ? "1 day" : $"{days} days";

    private static string Days(int count) => count == 1 ? "1 day is" : $"{count} days are";

    private static string Brief(string reason) => reason.Length <= 200 ? reason.TrimEnd('.') : reason[..200] + "…";

    private static T Read<T>(EventRow row) => JsonSerializer.Deserialize<T>(row.Data, DomainJson.Options) ?? throw new JsonException("Empty.");

    private static FrozenSet<string> NamesOf(Type family) =>
        family.GetNestedTypes().Where(type => type.IsAssignableTo(family)).Select(type => type.Name).ToFrozenSet(StringComparer.Ordinal);
}
