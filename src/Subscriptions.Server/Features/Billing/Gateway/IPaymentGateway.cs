using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;

namespace Subscriptions.Server.Features.Billing.Gateway;

/// <summary>
/// The payment provider. Every write carries an idempotency key that the caller derives from our own numbers, so a
/// repetition can never do a thing twice. A call ends in one of three ways, all values: see <see cref="GatewayAnswer{T}"/>.
/// Cancellation is the adapter's own time-out only; a shutdown never breaks a charge off half-way.
/// </summary>
public interface IPaymentGateway
{
    /// <summary>Creates the payer's record at the gateway.</summary>
    Task<GatewayAnswer<string>> CreateCustomerAsync(NewCustomer customer, string idempotencyKey);

    /// <summary>Ties a method's token to a customer and reads what it is.</summary>
    Task<GatewayAnswer<StoredMethod>> AttachMethodAsync(string customerId, string methodToken, string idempotencyKey);

    /// <summary>Creates an unconfirmed PaymentIntent; nothing is charged.</summary>
    Task<GatewayAnswer<PaymentSnapshot>> CreatePaymentIntentAsync(NewPaymentIntent request, string idempotencyKey);

    /// <summary>Lets an unconfirmed PaymentIntent take another kind of method. One that is past changing is answered with the state that it is in.</summary>
    Task<GatewayAnswer<PaymentSnapshot>> ChangeKindAsync(string paymentIntentId, string methodKind, string idempotencyKey);

    /// <summary>Reads a mandate as it stands now.</summary>
    Task<GatewayAnswer<MandateSnapshot>> RetrieveMandateAsync(string mandateId);

    /// <summary>
    /// Tries to take the money with one method. A decline is an answer, not a failure of the call; a PaymentIntent that
    /// is past confirming (succeeded, canceled, processing) is answered with the state that it is in.
    /// </summary>
    Task<GatewayAnswer<PaymentSnapshot>> ConfirmAsync(ConfirmPayment request, string idempotencyKey);

    /// <summary>The payer's PaymentIntents that carry an invoice's id, in whatever state: what was created there although its answer was lost.</summary>
    Task<GatewayAnswer<IReadOnlyList<PaymentSnapshot>>> FindPaymentIntentsAsync(string customerId, string invoiceId);

    /// <summary>Reads a PaymentIntent as it stands now.</summary>
    Task<GatewayAnswer<PaymentSnapshot>> RetrieveAsync(string paymentIntentId);

    /// <summary>Cancels a PaymentIntent. One that cannot be cancelled any more is answered with the state that it is in.</summary>
    Task<GatewayAnswer<PaymentSnapshot>> CancelAsync(string paymentIntentId, string idempotencyKey);

    /// <summary>Opens a hosted page on which the reader lays down a payment method; card data never comes near us.</summary>
    Task<GatewayAnswer<HostedSetup>> OpenSetupAsync(NewHostedSetup request, string idempotencyKey);

    /// <summary>Reads a hosted set-up: whether it is complete and which method came of it.</summary>
    Task<GatewayAnswer<HostedSetup>> RetrieveSetupAsync(string setupId);

    /// <summary>Changes what a PaymentIntent asks for, before it is confirmed. One that cannot be changed any more is answered with the state that it is in.</summary>
    Task<GatewayAnswer<PaymentSnapshot>> UpdateAmountAsync(string paymentIntentId, Money amount, string idempotencyKey);

    /// <summary>Gives money back, whole or in part. The reference is kept beside the refund and read back with it; null for none.</summary>
    Task<GatewayAnswer<RefundSnapshot>> RefundAsync(string paymentIntentId, Money amount, string? reference, string idempotencyKey);

    /// <summary>Every refund of a PaymentIntent, whoever asked for it, newest first.</summary>
    Task<GatewayAnswer<IReadOnlyList<RefundSnapshot>>> FindRefundsAsync(string paymentIntentId);

    /// <summary>Every dispute of a PaymentIntent's charges, newest first.</summary>
    Task<GatewayAnswer<IReadOnlyList<Dispute>>> FindDisputesAsync(string paymentIntentId);

    /// <summary>Every warning of fraud about a PaymentIntent's charges, newest first.</summary>
    Task<GatewayAnswer<IReadOnlyList<FraudWarning>>> FindFraudWarningsAsync(string paymentIntentId);

    /// <summary>Reads one event again at its source. What a webhook claims is never trusted by itself.</summary>
    Task<GatewayAnswer<GatewayEvent>> RetrieveEventAsync(string eventId);

    /// <summary>One page of the events of a span of time, newest first: what happened, whether or not it knocked.</summary>
    /// <param name="from">From this moment.</param>
    /// <param name="until">To this moment, included.</param>
    /// <param name="after">The last event of the page before; null for the first page.</param>
    Task<GatewayAnswer<GatewayEventPage>> ListEventsAsync(DateTimeOffset from, DateTimeOffset until, string? after);

    /// <summary>Reads a stored method as it stands now: its bank may have renewed it, or it may be gone.</summary>
    Task<GatewayAnswer<HeldMethod>> RetrieveMethodAsync(string methodToken);

    /// <summary>Reads a payer as it stands now.</summary>
    Task<GatewayAnswer<Payer>> RetrieveCustomerAsync(string customerId);

    /// <summary>Takes a payer away at the gateway for good, with all stored methods. What was paid stays on the gateway's books.</summary>
    Task<GatewayAnswer<Payer>> DeleteCustomerAsync(string customerId);
}

/// <summary>How a call to the gateway ended.</summary>
public abstract record GatewayAnswer<T>
{
    /// <summary>The gateway answered; the value is its word.</summary>
    public sealed record Answered(T Value) : GatewayAnswer<T>;

    /// <summary>The gateway refused the request itself (4xx that is no decline): our mistake, never retried blindly.</summary>
    /// <param name="Code">The gateway's own code, or the HTTP status where there is none.</param>
    /// <param name="Message">The gateway's text, for staff.</param>
    public sealed record Refused(string Code, string Message) : GatewayAnswer<T>;

    /// <summary>No answer, or one that says nothing about what happened (5xx, time-out, broken connection).</summary>
    /// <param name="Reason">What happened on the wire, for staff.</param>
    /// <param name="ExecutionOver">The gateway replayed the failure under its key: the request is not under way any more.</param>
    public sealed record Unknown(string Reason, bool ExecutionOver = false) : GatewayAnswer<T>;
}

/// <summary>A payer to be known at the gateway.</summary>
public sealed record NewCustomer(string ReaderId, string Email, string Name);

/// <summary>What a stored method is, as its owner knows it.</summary>
/// <param name="Token">The gateway's id of the method.</param>
/// <param name="Kind">The gateway-neutral kind, by the names of <see cref="MethodKinds"/>.</param>
/// <param name="Brand">Such as <c>visa</c>; of a mandate its bank's sort code.</param>
/// <param name="Last4">Last four digits of card or account; empty where there is no number.</param>
/// <param name="ExpiryMonth">1 to 12; 0 where nothing expires.</param>
/// <param name="ExpiryYear">Four digits; 0 where nothing expires.</param>
/// <param name="Fingerprint">The same for the same card, whoever stored it.</param>
public sealed record StoredMethod(string Token, string Kind, string Brand, string Last4, int ExpiryMonth, int ExpiryYear, string? Fingerprint);

/// <summary>A PaymentIntent to create. The ids go into its metadata exactly as our API writes them.</summary>
public sealed record NewPaymentIntent(string CustomerId, Money Amount, string? SubscriptionId, string InvoiceId, string MethodKind, string Description);

/// <summary>One try to collect.</summary>
/// <param name="PaymentIntentId">The gateway's id.</param>
/// <param name="MethodToken">The method of this moment.</param>
/// <param name="ReturnUrl">Null when the reader is not present (off session); otherwise where a bank's challenge leads back to.</param>
public sealed record ConfirmPayment(string PaymentIntentId, string MethodToken, Uri? ReturnUrl);

/// <summary>A Direct Debit mandate at one moment.</summary>
/// <param name="MethodToken">The method that it belongs to.</param>
/// <param name="Ended">True when nothing can be collected with it any more.</param>
public sealed record MandateSnapshot(string Id, string MethodToken, bool Ended);

/// <summary>Where a PaymentIntent stands.</summary>
public enum PaymentStatus
{
    /// <summary>Nothing was taken; a method is needed (also after a decline).</summary>
    RequiresMethod,

    /// <summary>Created with a method but not confirmed.</summary>
    RequiresConfirmation,

    /// <summary>The bank asks the payer; see <see cref="PaymentSnapshot.ChallengeUrl"/>.</summary>
    RequiresAction,

    /// <summary>Under way; the result takes time.</summary>
    Processing,

    /// <summary>The money was taken.</summary>
    Succeeded,

    /// <summary>Will never take money again.</summary>
    Canceled,
}

/// <summary>A PaymentIntent at one moment, free of any gateway's types.</summary>
/// <param name="Id">The gateway's id.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="Amount">What it asks for.</param>
/// <param name="LatestChargeId">The newest charge, whatever its outcome; tells whether an attempt reached the bank.</param>
/// <param name="LastError">Why the last try failed; null when none did.</param>
/// <param name="ChallengeUrl">Where the payer answers the bank's challenge.</param>
/// <param name="InvoiceId">Our invoice id from its metadata.</param>
/// <param name="SubscriptionId">Our subscription id from its metadata.</param>
public sealed record PaymentSnapshot(
    string Id, PaymentStatus Status, Money Amount, string? LatestChargeId, PaymentDecline? LastError,
    Uri? ChallengeUrl, string? InvoiceId, string? SubscriptionId)
{
    /// <summary>The kind of method that it takes, by our name of it; null when the gateway did not say, or takes one that we do not.</summary>
    public string? MethodKind { get; init; }

    /// <summary>The payer that it is of; null when the gateway did not say.</summary>
    public string? CustomerId { get; init; }
}

/// <summary>A decline, in the gateway's codes and in our class.</summary>
/// <param name="Code">Such as <c>card_declined</c>, <c>expired_card</c> or <c>authentication_required</c>.</param>
/// <param name="DeclineCode">The issuer's finer word, such as <c>insufficient_funds</c>.</param>
/// <param name="AdviceCode">The issuer's advice, which outranks the code.</param>
/// <param name="Class">What it means for us.</param>
/// <param name="NeedsAuthentication">True when only the payer, present, can get it through.</param>
/// <param name="ChargeId">The failed charge, if there was one.</param>
/// <param name="NetworkForbids">True when the card's network forbids any further try of the card.</param>
public sealed record PaymentDecline(string Code, string? DeclineCode, string? AdviceCode, DeclineClass Class, bool NeedsAuthentication, string? ChargeId, bool NetworkForbids = false);

/// <summary>A hosted page to open for one reader and subscription.</summary>
/// <param name="SuccessUrl">Where it leads back to; the gateway adds its id of the set-up as the query field <c>session</c>.</param>
/// <param name="CancelUrl">Where it leads back to when nothing was laid down.</param>
public sealed record NewHostedSetup(string CustomerId, string ReaderId, string SubscriptionId, string Currency, Uri SuccessUrl, Uri CancelUrl);

/// <summary>A hosted set-up page and what came of it.</summary>
/// <param name="Id">The gateway's id of the session.</param>
/// <param name="Url">The page; null once it is complete or expired.</param>
/// <param name="Complete">True when a method was laid down.</param>
/// <param name="Expired">True when it can no longer be completed.</param>
/// <param name="CustomerId">The payer it was opened for.</param>
/// <param name="SubscriptionId">Ours, from its metadata.</param>
/// <param name="SetupIntentId">Set once complete; the key under which its method is collected with, once.</param>
/// <param name="Method">The method that was laid down, already tied to the customer.</param>
public sealed record HostedSetup(
    string Id, Uri? Url, bool Complete, bool Expired, string CustomerId, string? SubscriptionId, string? SetupIntentId, StoredMethod? Method);

/// <summary>A refund at one moment.</summary>
/// <param name="Id">The gateway's id.</param>
/// <param name="State">Never <see cref="RefundState.Requested"/>: at the gateway it is made, under way, failed or called off.</param>
/// <param name="Amount">How much.</param>
/// <param name="Reference">Ours, as given when it was made; null for one that somebody else made.</param>
public sealed record RefundSnapshot(string Id, RefundState State, Money Amount, string? Reference = null);

/// <summary>An event as read again at its source: it names what to look at, nothing more.</summary>
/// <param name="ObjectId">The object that the event is about.</param>
/// <param name="PaymentIntentId">The PaymentIntent behind it, where there is one.</param>
/// <param name="SetupId">The hosted set-up behind it, where there is one.</param>
/// <param name="CreatedAt">Whole seconds; not fit for ordering.</param>
public sealed record GatewayEvent(string Id, string Type, string ObjectId, string? PaymentIntentId, string? SetupId, DateTimeOffset CreatedAt)
{
    /// <summary>The payer behind it, where there is one.</summary>
    public string? CustomerId { get; init; }

    /// <summary>True when the event is that the payer's default method became another one.</summary>
    public bool DefaultMethodChanged { get; init; }
}

/// <summary>A page of events.</summary>
/// <param name="Events">Newest first.</param>
/// <param name="More">There are older ones in the span.</param>
public sealed record GatewayEventPage(IReadOnlyList<GatewayEvent> Events, bool More);

/// <summary>A stored method and who holds it.</summary>
/// <param name="Method">What it is now.</param>
/// <param name="CustomerId">The payer it is tied to; null when it was taken away and cannot be charged.</param>
public sealed record HeldMethod(StoredMethod Method, string? CustomerId);

/// <summary>A payer.</summary>
/// <param name="Id">The gateway's id.</param>
/// <param name="Deleted">It is gone, with all its methods.</param>
/// <param name="DefaultMethodId">The method that it names as its default; null when it names none.</param>
public sealed record Payer(string Id, bool Deleted, string? DefaultMethodId);
