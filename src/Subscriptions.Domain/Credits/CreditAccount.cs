using Subscriptions.Domain.Invoices;

namespace Subscriptions.Domain.Credits;

/// <summary>What a reader has to her credit in one currency; the next invoice that is raised uses it first.</summary>
/// <param name="ReaderId">Whose it is.</param>
/// <param name="Balance">Positive for credit, negative for a debt that the next invoice adds.</param>
public sealed record CreditAccount(ReaderId ReaderId, Money Balance)
{
    /// <summary>Minor units that one grant may have at most: a slip of the finger should not give a fortune away.</summary>
    public const long MostAtOnce = 100_000;

    /// <summary>The stream of an account's own events.</summary>
    public static string StreamOf(ReaderId reader, string currency) => $"credit_{reader.Value}_{currency}";

    /// <summary>Gives credit out of goodwill.</summary>
    public static Outcome<CreditEvent> Grant(Money amount, AdjustmentReason reason, string requestKey, DateTimeOffset now) => amount.Amount switch
    {
        <= 0 => InvoiceRefusals.AmountNotPositive,
        > MostAtOnce => TooMuch(amount.Currency),
        _ when !Money.KnownCurrencies.ContainsKey(amount.Currency) => UnknownCurrency,
        _ => Outcome<CreditEvent>.Accept(new CreditEvent.CreditGranted(amount, reason, requestKey, now)),
    };

    private static Refusal UnknownCurrency { get; } = new("currency-unknown", "Nothing is sold in this currency.");

    private static Refusal TooMuch(string currency) => new("credit-too-large", $"No more than {new Money(MostAtOnce, currency)} can be given at once.");
}

/// <summary>What happened to a credit account by itself. What invoices take and bring is in their own events.</summary>
/// <param name="At">When, in billing time.</param>
public abstract record CreditEvent(DateTimeOffset At)
{
    /// <summary>Credit was given out of goodwill.</summary>
    public sealed record CreditGranted(Money Amount, AdjustmentReason Reason, string RequestKey, DateTimeOffset At) : CreditEvent(At);
}
