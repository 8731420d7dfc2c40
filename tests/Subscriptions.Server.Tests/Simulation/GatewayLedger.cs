using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Ledger;
using Subscriptions.Server.Features.Billing.Gateway;

namespace Subscriptions.Server.Tests.Simulation;

/// <summary>How a payment method answers. A debit has its own words for the same moods.</summary>
internal enum CardMood
{
    Good,

    /// <summary>A card without funds; a debit that is referred to its payer.</summary>
    Poor,

    /// <summary>A card that was lost; a mandate that was cancelled, an agreement that was revoked.</summary>
    Lost,

    /// <summary>A card that expired; an account that was closed.</summary>
    Expired,

    /// <summary>A bank that wants to ask; a debit that failed for a reason of the scheme's own.</summary>
    AsksReader,

    /// <summary>A payment that takes hours, or of a debit longer than was said.</summary>
    Slow,

    /// <summary>A debit whose payer has died.</summary>
    Deceased,
}

/// <summary>A card, a mandate or an agreement at the bank; its mood may change, its token never does.</summary>
internal sealed class Card(string token, MethodKind kind, CardMood mood)
{
    public string Token => token;

    public MethodKind Kind => kind;

    public CardMood Mood { get; set; } = mood;

    /// <summary>Since when the caller knows that it was refused for good: trying again is a breach of the rules.</summary>
    public DateTimeOffset? RefusedForGoodAt { get; set; }

    /// <summary>True once it has paid: later debits on the same mandate take fewer days.</summary>
    public bool Established { get; set; }

    public StoredMethod Stored => kind switch
    {
        MethodKind.BacsMandate => new(token, "bacs", "108800", token[^4..], 0, 0, null),
        MethodKind.PayPal => new(token, "paypal", "paypal", "", 0, 0, null),
        _ => new(token, "card", "visa", token[^4..], 12, 2040, null),
    };
}

/// <summary>A PaymentIntent as the gateway keeps it.</summary>
internal sealed class Intent(string id, NewPaymentIntent request, DateTimeOffset at)
{
    public string Id => id;

    public NewPaymentIntent Request => request;

    public DateTimeOffset CreatedAt => at;

    /// <summary>The one kind of method that it takes, by its name.</summary>
    public string Kind { get; set; } = request.MethodKind;

    public PaymentStatus Status { get; set; } = PaymentStatus.RequiresMethod;

    /// <summary>How often a bank was asked for the money.</summary>
    public int Tries { get; set; }

    public string? LatestChargeId { get; set; }

    public PaymentDecline? LastError { get; set; }

    public Card? Card { get; set; }

    public Money Amount { get; set; } = request.Amount;

    public List<RefundSnapshot> Refunds { get; } = [];

    /// <summary>Newest first.</summary>
    public List<Dispute> Disputes { get; } = [];

    /// <summary>Newest first.</summary>
    public List<FraudWarning> Warnings { get; } = [];

    /// <summary>When the bank referred a debit to its payer, oldest first.</summary>
    public List<(Card Mandate, DateTimeOffset At)> Referred { get; } = [];

    public DateTimeOffset SettlesAt { get; set; }

    public DateTimeOffset? SucceededAt { get; set; }

    /// <summary>When its bank said its last word.</summary>
    public DateTimeOffset? JudgedAt { get; set; }

    public long Refunded { get; set; }

    /// <summary>What the payer's bank holds or keeps of it.</summary>
    public long TakenBack => Disputes.Where(d => d.Status is DisputeStatus.Open or DisputeStatus.Lost).Sum(d => d.Amount.Amount);

    public PaymentSnapshot Snapshot => new(
        id, Status, Amount, LatestChargeId, LastError,
        Status == PaymentStatus.RequiresAction ? new Uri($"https://bank.example/{id}") : null, request.InvoiceId, request.SubscriptionId)
    { MethodKind = Kind };
}

/// <summary>A hosted page that was opened.</summary>
internal sealed class Session(string id, NewHostedSetup request)
{
    public string Id => id;

    public NewHostedSetup Request => request;

    public Card? Card { get; set; }

    public HostedSetup Snapshot => new(
        id, Card is null ? new Uri($"https://gateway.example/{id}") : null, Card is not null, false, request.CustomerId, request.SubscriptionId,
        Card is null ? null : $"seti_{id}", Card?.Stored);
}

/// <summary>A booking on the gateway's balance.</summary>
/// <param name="Booked">As it is listed.</param>
/// <param name="Payment">The payment behind it; null for a payout.</param>
internal sealed record Booking(GatewayTransaction Booked, Intent? Payment)
{
    public long Net => Booked.Amount.Amount - Booked.Fee;
}

/// <summary>The gateway's own books: what the product's records are compared with.</summary>
internal sealed class GatewayLedger
{
    public Dictionary<string, string> Customers { get; } = [];

    public Dictionary<string, Card> Cards { get; } = [];

    public Dictionary<string, Intent> Intents { get; } = [];

    public Dictionary<string, Session> Sessions { get; } = [];

    public Dictionary<string, GatewayEvent> Events { get; } = [];

    /// <summary>Every try at a bank, oldest first.</summary>
    public List<(string Id, Intent Payment, DateTimeOffset At)> Charges { get; } = [];

    /// <summary>Every refund, oldest first.</summary>
    public List<(string Id, Intent Payment, DateTimeOffset At)> Refunds { get; } = [];

    /// <summary>Every dispute, oldest first.</summary>
    public List<(string Id, Intent Payment, DateTimeOffset At)> Disputes { get; } = [];

    /// <summary>Every movement of the balance, oldest first.</summary>
    public List<Booking> Bookings { get; } = [];

    /// <summary>Payouts, oldest first, and how many bookings had been paid out with each.</summary>
    public List<(ListedPayout Payout, int From, int To)> Payouts { get; } = [];

    /// <summary>What no client of the gateway may ever do.</summary>
    public List<string> Breaches { get; } = [];

    public IEnumerable<Intent> Of(InvoiceId invoice) => Intents.Values.Where(i => i.Request.InvoiceId == invoice.Value);
}
