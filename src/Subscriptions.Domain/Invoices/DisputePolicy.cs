namespace Subscriptions.Domain.Invoices;

/// <summary>Whether a reader reads on while a payment of hers is disputed.</summary>
public enum DisputedAccess
{
    /// <summary>As if there were no dispute.</summary>
    Keep,

    /// <summary>Not before it is decided.</summary>
    Suspend,
}

/// <summary>What follows a payment that was taken back for good.</summary>
public enum LostPayment
{
    /// <summary>A replacement invoice, which opens a payment problem with its three notices.</summary>
    RaiseReplacement,

    /// <summary>The subscription ends at once.</summary>
    End,

    /// <summary>Nothing but a task for staff.</summary>
    Keep,
}

/// <summary>What follows a fraud warning.</summary>
public enum WarnedPayment
{
    /// <summary>The payment is refunded in full, once, and its card is not charged again.</summary>
    Refund,

    /// <summary>Staff look.</summary>
    Task,

    /// <summary>It is only recorded.</summary>
    Nothing,
}

/// <summary>What a publisher does about payments that are disputed.</summary>
/// <param name="WhileOpen">Access meanwhile.</param>
/// <param name="WhenLost">What a lost payment leads to.</param>
/// <param name="OnFraudWarning">What a warning leads to.</param>
public sealed record DisputePolicy(DisputedAccess WhileOpen, LostPayment WhenLost, WarnedPayment OnFraudWarning)
{
    /// <summary>Locks out nobody before a decision, asks for the money again with all three notices, and moves no money by itself.</summary>
    public static DisputePolicy Default { get; } = new(DisputedAccess.Keep, LostPayment.RaiseReplacement, WarnedPayment.Task);
}
