using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Server.Features.Billing.Gateway;

namespace Subscriptions.Server.Tests.Simulation;

/// <summary>How a card answers.</summary>
internal enum CardMood
{
    Good,
    Poor,
    Lost,
    Expired,
    AsksReader,
    Slow,
}

/// <summary>A card at the bank; its mood may change, its token never does.</summary>
internal sealed class Card(string token, CardMood mood)
{
    public string Token => token;

    public CardMood Mood { get; set; } = mood;

    /// <summary>Invoices for which the bank refused it for good: trying again is a breach of the networks' rules.</summary>
    public bool RefusedForGood { get; set; }

    public StoredMethod Stored => new(token, "card", "visa", token[^4..], 12, 2040, null);
}

/// <summary>A PaymentIntent as the gateway keeps it.</summary>
internal sealed class Intent(string id, NewPaymentIntent request)
{
    public string Id => id;

    public NewPaymentIntent Request => request;

    public PaymentStatus Status { get; set; } = PaymentStatus.RequiresMethod;

    public string? LatestChargeId { get; set; }

    public PaymentDecline? LastError { get; set; }

    public Card? Card { get; set; }

    public Money Amount { get; set; } = request.Amount;

    public List<RefundSnapshot> Refunds { get; } = [];

    public List<Subscriptions.Domain.Invoices.Dispute> Disputes { get; } = [];

    /// <summary>When a refund's bank says what became of it, and what.</summary>
    public List<(DateTimeOffset At, string Refund, RefundState State)> RefundNews { get; } = [];

    public DateTimeOffset SettlesAt { get; set; }

    public DateTimeOffset? SucceededAt { get; set; }

    public long Refunded { get; set; }

    public PaymentSnapshot Snapshot => new(
        id, Status, Amount, LatestChargeId, LastError,
        Status == PaymentStatus.RequiresAction ? new Uri($"https://bank.example/{id}") : null, request.InvoiceId, request.SubscriptionId);
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

/// <summary>The gateway's own books: what the product's records are compared with.</summary>
internal sealed class GatewayLedger
{
    public Dictionary<string, string> Customers { get; } = [];

    public Dictionary<string, Card> Cards { get; } = [];

    public Dictionary<string, Intent> Intents { get; } = [];

    public Dictionary<string, Session> Sessions { get; } = [];

    public Dictionary<string, GatewayEvent> Events { get; } = [];

    /// <summary>What no client of the gateway may ever do.</summary>
    public List<string> Breaches { get; } = [];

    public IEnumerable<Intent> Of(InvoiceId invoice) => Intents.Values.Where(i => i.Request.InvoiceId == invoice.Value);
}
