using System.Collections.Frozen;
using System.Text.Json;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Mail.Templates;
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
                ReaderSessions.RevokedEvent => $"Sign-in {row.Stream} was ended.",
                _ when _ofSubscriptions.Contains(row.Type) => Tell(Read<SubscriptionEvent>(row)),
                _ when _ofInvoices.Contains(row.Type) => Tell(Read<InvoiceEvent>(row), row.Stream),
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
        SubscriptionActivated e => $"The first payment was taken (invoice {e.InvoiceId}); paid until {SupportWords.LastDay(e.Period.To)}.",
        FirstPaymentUnderWay e => $"The first payment is on its way (invoice {e.InvoiceId}); the reader reads on from now.",
        RenewalInvoiceRaised e => $"Invoice {e.Invoice.Id} was raised for {SupportWords.Day(e.Invoice.Period.From)} to {SupportWords.LastDay(e.Invoice.Period.To)}.",
        SubscriptionRenewed e => $"The subscription was renewed (invoice {e.InvoiceId}); paid until {SupportWords.LastDay(e.Period.To)}.",
        FirstPaymentDeclined e => $"The first payment was declined (invoice {e.InvoiceId}{Try(e.Attempt)}).",
        DunningCaseOpened e => $"Payment problem {e.Case.Number} began: invoice {e.InvoiceId} could not be collected{Try(e.Attempt)}. {Track(e.Case.Track)}",
        DunningRetryDeclined { Attempt: 0 } e => $"Nothing could be tried on invoice {e.InvoiceId}: the payment method may not be used, or not without the reader. {Track(e.Track)}",
        DunningRetryDeclined { AgainAt: { } again } e => $"Another try was declined (invoice {e.InvoiceId}{Try(e.Attempt)}). It is presented again on {SupportWords.Day(DateOnly.FromDateTime(again.UtcDateTime.AddHours(12)))}.",
        DunningRetryDeclined e => $"Another try was declined (invoice {e.InvoiceId}{Try(e.Attempt)}). {Track(e.Track)}",
        DunningRetryHeldBack e => $"No try was made on invoice {e.InvoiceId}: this card has been tried as often as its network allows. It may be tried again from {SupportWords.Day(DateOnly.FromDateTime(e.Until.UtcDateTime))}.",
        DunningStageEntered e => $"The notice {Heading(e.Stage)} is shown from now on; the end it tells is {SupportWords.Day(e.EndsOn)}.",
        DunningNoticeHandedOver e => $"The mail server took the notice {Heading(e.Stage)}; it tells {SupportWords.Day(e.EndsOn)} as the end.",
        DunningNoticeUndeliverable e => $"The notice {Heading(e.Stage)} cannot be delivered by mail; the one on the page counts.",
        DunningEndMoved e => $"The end that had been told moved to {SupportWords.Day(e.EndsOn)}.",
        SubscriptionRecovered e => $"The owed payment was taken (invoice {e.InvoiceId}): the payment problem is over; paid until {SupportWords.LastDay(e.Period.To)}.",
        PaymentMethodChanged e => $"Payment method {e.PaymentMethodId} is charged from now on.",
        CancellationScheduled e => $"The subscription was cancelled; it ends after {SupportWords.LastDay(e.EndsOn)}, when what is paid for is over.",
        CancellationWithdrawn => "The cancellation was taken back; the subscription goes on.",
        EndRequested e => $"The subscription is to end at once ({Why(e.Reason)}); no further payment may begin.",
        SubscriptionEnded { OpenInvoiceId: { } open } e => $"The subscription ended ({Why(e.Reason)}); invoice {open} was closed unpaid.",
        SubscriptionEnded e => $"The subscription ended ({Why(e.Reason)}).",
        LatePaymentReceived e => $"Money came late for invoice {e.InvoiceId}; it goes back in full.",
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
        PaymentAttemptSucceeded e => $"Try {e.Attempt} took the money for invoice {invoice}{Charge(e.ChargeId)}.",
        PaymentAttemptDeclined e => $"Try {e.Attempt} for invoice {invoice} was declined. {DeclineWords.ForStaff(e.Decline)}{Code(e.Decline)}",
        PaymentAttemptNeedsAuthentication e => $"Try {e.Attempt} for invoice {invoice} was refused: the bank wants the reader to confirm it.{Code(e.Decline)}",
        PaymentAttemptAwaitsReader e => $"Try {e.Attempt} for invoice {invoice} waits for the reader to answer the bank.",
        PaymentAttemptProcessing { ResultDueOn: { } due } e => $"Try {e.Attempt} for invoice {invoice} is being processed by the bank; the result is due by {SupportWords.Day(due)}.",
        PaymentIntentKindChanged e => $"The gateway's payment {e.Number} of invoice {invoice} takes another kind of method now ({MethodKinds.NameOf(e.Kind)}).",
        PaymentAttemptProcessing e => $"Try {e.Attempt} for invoice {invoice} is being processed by the bank; the result takes days.",
        PaymentAttemptUnknown e => $"The gateway did not say what became of try {e.Attempt} for invoice {invoice}; it is being asked again ({Brief(e.Reason)}).",
        PaymentAttemptNotReceived e => $"Try {e.Attempt} for invoice {invoice} never reached the bank ({Brief(e.Reason)}).",
        PaymentAttemptAbandoned e => $"Try {e.Attempt} for invoice {invoice} ended: the bank's question was never answered.",
        CollectingStopped => $"No further try to collect invoice {invoice} may begin.",
        PaymentIntentCanceled e => $"The gateway's payment {e.Number} of invoice {invoice} was cancelled; it can take no money any more.",
        InvoiceVoided => $"Invoice {invoice} was voided: it was never owed.",
        InvoiceWrittenOff => $"Invoice {invoice} was written off: it was owed and is given up.",
        RefundBecameDue e => $"{e.Amount} must go back: money came for invoice {invoice}, on which nothing was owed any more.",
        PaymentRefundFailed e => $"The refund {e.GatewayId} of invoice {invoice} failed at the gateway; the money has to go back another way.",
        PaymentRefunded e => $"{e.Amount} of invoice {invoice} went back to the reader ({e.GatewayId}).",
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
        EndReason.PayerDeceased => "the bank says that the payer has died",
        EndReason.NeverPaid => "the first payment never came",
    };

    private static string Code(Decline decline) => $" ({decline.DeclineCode ?? decline.Code})";

    private static string Charge(string? id) => id is null ? "" : $" (charge {id})";

    private static string Days(int count) => count == 1 ? "1 day is" : $"{count} days are";

    private static string Brief(string reason) => reason.Length <= 200 ? reason.TrimEnd('.') : reason[..200] + "…";

    private static T Read<T>(EventRow row) => JsonSerializer.Deserialize<T>(row.Data, DomainJson.Options) ?? throw new JsonException("Empty.");

    private static FrozenSet<string> NamesOf(Type family) =>
        family.GetNestedTypes().Where(type => type.IsAssignableTo(family)).Select(type => type.Name).ToFrozenSet(StringComparer.Ordinal);
}
