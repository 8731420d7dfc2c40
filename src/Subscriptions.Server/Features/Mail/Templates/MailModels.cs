using Subscriptions.Domain;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;

namespace Subscriptions.Server.Features.Mail.Templates;

/// <summary>A mail to a reader. Dates are the publisher's local dates; the caller has worked out all of them.</summary>
/// <param name="ReaderName">As she gave it; it is encoded wherever it is shown.</param>
public abstract record MailModel(string ReaderName);

/// <summary>What a dunning notice speaks of, in the page and by mail. Every date comes from the case.</summary>
/// <param name="Amount">What is owed.</param>
/// <param name="MethodLast4">Last four digits of the card, or null when there is none.</param>
/// <param name="NextAttemptOn">When we shall try again, or null when only a new payment method helps.</param>
/// <param name="EndsOn">When the subscription ends if nothing is paid.</param>
/// <param name="BankAsks">True when the bank wants the reader to confirm this payment: new details are not the only way out.</param>
public sealed record NoticeFacts(Money Amount, string? MethodLast4, DateOnly? NextAttemptOn, DateOnly EndsOn, bool BankAsks = false)
{
    /// <summary>What the method is.</summary>
    public MethodKind MethodKind { get; init; }

    /// <summary>When subscriber articles close before that end, by the publisher's policy; null where they do not, or have.</summary>
    public DateOnly? ClosesOn { get; init; }

    /// <summary>True once they have.</summary>
    public bool Closed { get; init; }

    /// <summary>When the result of a collection that is on its way is due; null when none is.</summary>
    public DateOnly? ResultDueOn { get; init; }

    /// <summary>True while a collection is on its way: nobody is ended before its result, so that no end is told.</summary>
    public bool UnderWay { get; init; }
}

/// <summary>A collection that takes days is on its way.</summary>
/// <param name="Amount">What is collected.</param>
/// <param name="MethodKind">With what.</param>
/// <param name="MethodLast4">Last four digits of the account, or null when there are none.</param>
/// <param name="BegunOn">When it was asked for.</param>
/// <param name="ResultDueOn">When its result is due.</param>
/// <param name="ReadsMeanwhile">False where only money opens the subscription.</param>
public sealed record CollectionUnderWayMail(
    string ReaderName, Money Amount, MethodKind MethodKind, string? MethodLast4, DateOnly BegunOn, DateOnly ResultDueOn, bool ReadsMeanwhile, Uri MyAccount) : MailModel(ReaderName);

/// <summary>One of the three dunning notices.</summary>
/// <param name="Stage">Which; never <see cref="DunningStage.Silent"/>.</param>
/// <param name="UpdatePaymentDetails">The link that opens only the payment page. The third notice leaves it out.</param>
public sealed record DunningNoticeMail(
    string ReaderName, DunningStage Stage, NoticeFacts Facts, Uri MyAccount, Uri UpdatePaymentDetails) : MailModel(ReaderName);

/// <summary>After the third notice, the end moved to a later date.</summary>
public sealed record DateMovedMail(string ReaderName, NoticeFacts Facts, DateOnly FormerEndOn, Uri MyAccount) : MailModel(ReaderName)
{
    /// <summary>True when it moved because a payment on its way did not arrive, which the reader has to be told first.</summary>
    public bool CollectionFailed { get; init; }
}

/// <summary>A payment that was missing has been taken.</summary>
/// <param name="RenewsOn">The next renewal, or null when the subscription was cancelled to its period's end.</param>
public sealed record PaymentReceivedMail(
    string ReaderName, Money Amount, string? MethodLast4, DateOnly? RenewsOn, Uri MyAccount) : MailModel(ReaderName)
{
    /// <summary>What the method is.</summary>
    public MethodKind MethodKind { get; init; }
}

/// <summary>Money went back.</summary>
/// <param name="InvoiceNumber">As printed on the invoice.</param>
public sealed record RefundMadeMail(string ReaderName, Money Amount, string? MethodLast4, string InvoiceNumber, Uri MyAccount) : MailModel(ReaderName)
{
    /// <summary>What the method is.</summary>
    public MethodKind MethodKind { get; init; }
}

/// <summary>The card that is charged expires soon. Nothing is wrong yet.</summary>
/// <param name="Last4">Last four digits of the card.</param>
/// <param name="LastDay">The last day on which the card is good.</param>
/// <param name="PaymentDetails">The payment page in My Account.</param>
public sealed record CardExpiresMail(string ReaderName, string Last4, DateOnly LastDay, Uri PaymentDetails, Uri MyAccount) : MailModel(ReaderName);

/// <summary>The method that would be charged next is gone, and nothing is owed yet.</summary>
/// <param name="MethodKind">What it was.</param>
/// <param name="Last4">Last four digits, or null when there are none.</param>
/// <param name="NextOn">When the next payment is due; null when that day has come.</param>
/// <param name="PaymentDetails">The payment page in My Account.</param>
public sealed record MethodGoneMail(string ReaderName, MethodKind MethodKind, string? Last4, DateOnly? NextOn, Uri PaymentDetails, Uri MyAccount) : MailModel(ReaderName);

/// <summary>The subscription is over.</summary>
/// <param name="ComeBack">Where she can subscribe again.</param>
public sealed record SubscriptionEndedMail(
    string ReaderName, EndReason Reason, DateOnly EndedOn, Uri ComeBack) : MailModel(ReaderName);

/// <summary>A subscription began.</summary>
/// <param name="Paid">What was taken at once; null for a trial, zero where credit covered it.</param>
/// <param name="Price">What each renewal costs.</param>
/// <param name="RenewsOn">When the next payment, or the first after a trial, is taken.</param>
public sealed record WelcomeMail(
    string ReaderName, string PlanName, Money? Paid, Money Price, DateOnly RenewsOn, Uri MyAccount) : MailModel(ReaderName);

/// <summary>She cancelled; she reads on until the period's end.</summary>
/// <param name="ReadsUntil">The last day of access.</param>
public sealed record CancellationConfirmedMail(string ReaderName, DateOnly ReadsUntil, Uri MyAccount) : MailModel(ReaderName)
{
    /// <summary>True while access is suspended, because a payment is disputed.</summary>
    public bool Closed { get; init; }
}

/// <summary>Somebody asked for a new password for this address.</summary>
/// <param name="Link">Works once.</param>
/// <param name="ValidMinutes">For how long it works.</param>
public sealed record PasswordResetMail(string ReaderName, Uri Link, int ValidMinutes) : MailModel(ReaderName);

/// <summary>Somebody is invited into a group; the name that it greets is not known.</summary>
/// <param name="HolderName">Who pays, as she gave her name.</param>
/// <param name="Link">Works once.</param>
/// <param name="LastDay">The last day on which it works.</param>
public sealed record SeatInvitationMail(string HolderName, Uri Link, DateOnly LastDay) : MailModel("");

/// <summary>The reader asked to confirm that her address is hers.</summary>
/// <param name="Link">Where she does.</param>
/// <param name="ValidDays">For how long it works.</param>
public sealed record ConfirmAddressMail(string ReaderName, Uri Link, int ValidDays) : MailModel(ReaderName);

/// <summary>A mail ready to be handed over, but for its address and message id.</summary>
public sealed record RenderedMail(string Subject, string Text, string Html);
