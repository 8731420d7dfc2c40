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
    public static Refusal MethodNeedsReader { get; } = new("payment-method-needs-reader", "The bank wants the reader to confirm this payment in person. It is not tried again otherwise.");

    /// <summary>The bank said no to this method a moment ago.</summary>
    public static Refusal DeclinedJustNow { get; } = new(
        "payment-declined-just-now",
        "The bank declined this payment method less than ten minutes ago. A try so soon gets the same answer and counts against the card; wait, or ask the reader for another one.");

    /// <summary>A further try would break a card network's limit.</summary>
    public static Refusal CardTriesUsedUp { get; } = new(
        "card-tries-used-up", "This card has been tried as often as its network allows. It is not tried again before the days are over; another payment method can be.");

    /// <summary>The bank referred to the payer as often as a debit may be presented.</summary>
    public static Refusal PresentedOftenEnough { get; } = new(
        "debit-presented-often-enough", "This Direct Debit has been presented as often as is allowed. It is not presented again; another payment method is needed.");

    /// <summary>Not enough working days have passed since the bank referred to the payer.</summary>
    public static Refusal PresentedTooSoon { get; } = new(
        "debit-presented-too-soon", "The bank sent this Direct Debit back less than five working days ago. It may not be presented again so soon; another payment method can be used.");

    /// <summary>A later PaymentIntent has taken its place.</summary>
    public static Refusal PaymentIntentReplaced { get; } = new("payment-intent-replaced", "This invoice has a later PaymentIntent already.");
}
