namespace Subscriptions.Domain.Invoices;

/// <summary>Every way in which an invoice says no, in words that can be shown to a person.</summary>
public static class InvoiceRefusals
{
    /// <summary>There is no such invoice yet.</summary>
    public static Refusal NotRaised { get; } = new("invoice-not-raised", "This invoice has not been raised.");

    /// <summary>Another invoice has this place.</summary>
    public static Refusal AlreadyRaised { get; } = new("invoice-already-raised", "This invoice has been raised already.");

    /// <summary>Paid or closed.</summary>
    public static Refusal NotOpen { get; } = new("invoice-not-open", "Nothing is owed on this invoice.");

    /// <summary>Its subscription is ending.</summary>
    public static Refusal CollectingHasStopped { get; } = new("invoice-collecting-stopped", "The subscription is being ended, so no payment may begin.");

    /// <summary>One try is under way.</summary>
    public static Refusal AttemptLive { get; } = new("payment-attempt-live", "A payment is under way; its outcome comes first.");

    /// <summary>No try has that number.</summary>
    public static Refusal NoSuchAttempt { get; } = new("payment-attempt-unknown", "This invoice has no payment attempt with that number.");

    /// <summary>There is nothing at the gateway yet that could take money.</summary>
    public static Refusal NoPaymentIntent { get; } = new("payment-intent-missing", "The payment has not been prepared at the gateway yet.");

    /// <summary>Another PaymentIntent could still take money.</summary>
    public static Refusal PaymentIntentLive { get; } = new("payment-intent-live", "A PaymentIntent of this invoice could still take money; it has to be cancelled first.");

    /// <summary>The number is taken by another PaymentIntent.</summary>
    public static Refusal AnotherPaymentIntent { get; } = new("payment-intent-differs", "This invoice already has another PaymentIntent under that number.");

    /// <summary>Nothing was laid down that could be charged.</summary>
    public static Refusal NoMethod { get; } = new("payment-method-missing", "There is no payment method to charge. The reader has to enter one.");

    /// <summary>The issuer refused the method for good.</summary>
    public static Refusal MethodRefusedForGood { get; } = new("payment-method-refused-for-good", "The bank has refused this payment method for good. It is not tried again; another one is needed.");

    /// <summary>Only the reader herself can get this method through.</summary>
    public static Refusal MethodNeedsReader { get; } = new("payment-method-needs-reader", "The reader has to confirm this payment in person. It is not tried again otherwise.");

    /// <summary>The bank said no to this method a moment ago.</summary>
    public static Refusal DeclinedJustNow { get; } = new(
        "payment-declined-just-now",
        "The bank declined this payment method less than ten minutes ago. A try so soon gets the same answer and counts against the card; wait, or ask the reader for another one.");

    /// <summary>A further try would break a card network's limit.</summary>
    public static Refusal CardTriesUsedUp { get; } = new(
        "card-tries-used-up", "This card has been tried as often as its network allows. It is not tried again before the days are over; another payment method can be.");

    /// <summary>A dispute is open; only the reader herself may pay.</summary>
    public static Refusal ChargesHeld { get; } = new(
        "payment-dispute-open", "A payment of this subscription is disputed by the reader's bank. Nothing is charged before that is decided, unless the reader pays in person.");

    /// <summary>The method's last payment was taken back.</summary>
    public static Refusal MethodReversed { get; } = new(
        "payment-method-reversed", "The bank took a payment with this payment method back. It is not charged again unless the reader pays in person or enters it anew.");

    /// <summary>The bank may take back what a refund would give back.</summary>
    public static Refusal PaymentDisputed { get; } = new(
        "payment-disputed", "The reader's bank disputes this payment. A refund now could give the money back twice; the dispute decides.");

    /// <summary>The bank has taken it back.</summary>
    public static Refusal PaymentReversed { get; } = new(
        "payment-reversed", "The reader's bank has taken this payment back, so there is nothing left to refund.");

    /// <summary>The PaymentIntent still asks for another amount.</summary>
    public static Refusal PaymentIntentAmountDiffers { get; } = new(
        "payment-intent-amount-differs", "The amount due has changed, and the gateway has not taken the new amount over yet.");

    /// <summary>The amount is in another currency than the invoice.</summary>
    public static Refusal AnotherCurrency { get; } = new("currency-differs", "The amount is in another currency than the invoice.");

    /// <summary>Nothing, or less than nothing.</summary>
    public static Refusal AmountNotPositive { get; } = new("amount-not-positive", "The amount has to be more than nothing.");

    /// <summary>No money was taken.</summary>
    public static Refusal NothingPaid { get; } = new("invoice-nothing-paid", "No payment was taken for this invoice, so nothing can go back.");

    /// <summary>More than was paid.</summary>
    public static Refusal AboveRefundable(Money left) => new("refund-above-paid", $"Of this invoice no more than {left} can be refunded.");

    /// <summary>More than one of its payments has left.</summary>
    public static Refusal AboveOnePayment { get; } = new(
        "refund-above-one-payment", "More than one payment was taken for this invoice, and none of them alone is large enough. Refund it in parts.");

    /// <summary>The same key came with another amount.</summary>
    public static Refusal RequestKeyReused { get; } = new("request-key-reused", "A request under this key was made before, for something else. Use a new key for a new request.");

    /// <summary>More than is owed.</summary>
    public static Refusal AboveDue(Money due) => new("credit-above-due", $"No more than {due} is owed on this invoice.");

    /// <summary>More than was paid or credited already.</summary>
    public static Refusal AboveCreditable(Money left) => new("credit-above-paid", $"Of this invoice no more than {left} can be credited.");

    /// <summary>An open invoice is only lowered.</summary>
    public static Refusal NotPaidYet { get; } = new(
        "invoice-not-paid", "This invoice is not paid. A credit note can only lower what is owed on it; nothing can go to the account or back to the reader.");

    /// <summary>Voided or written off.</summary>
    public static Refusal ClosedUnpaid { get; } = new("invoice-closed-unpaid", "This invoice was closed without a payment, so there is nothing to credit.");

    /// <summary>The first payment has not come.</summary>
    public static Refusal NotBegun { get; } = new(
        "subscription-not-begun", "This is the first invoice of a subscription that has not begun. Cancel the subscription instead, or issue a credit note.");

    /// <summary>The bank referred to the payer as often as a debit may be presented.</summary>
    public static Refusal PresentedOftenEnough { get; } = new(
        "debit-presented-often-enough", "This Direct Debit has been presented as often as is allowed. It is not presented again; another payment method is needed.");

    /// <summary>Not enough working days have passed since the bank referred to the payer.</summary>
    public static Refusal PresentedTooSoon { get; } = new(
        "debit-presented-too-soon", "The bank sent this Direct Debit back less than five working days ago. It may not be presented again so soon; another payment method can be used.");

    /// <summary>A later PaymentIntent has taken its place.</summary>
    public static Refusal PaymentIntentReplaced { get; } = new("payment-intent-replaced", "This invoice has a later PaymentIntent already.");
}
