namespace Subscriptions.Domain;

/// <summary>An identifier of one kind, so that a reader's id can never stand where an invoice's belongs.</summary>
public interface IId<TSelf> where TSelf : struct, IId<TSelf>
{
    /// <summary>The id as the API writes it.</summary>
    string Value { get; }

    /// <summary>Takes an id as the API writes it.</summary>
    static abstract TSelf From(string value);
}

/// <summary>A person with a sign-in.</summary>
public readonly record struct ReaderId(string Value) : IId<ReaderId>
{
    /// <inheritdoc />
    public static ReaderId From(string value) => new(value);

    /// <inheritdoc />
    public override string ToString() => Value;
}

/// <summary>A contract between a reader and the publisher.</summary>
public readonly record struct SubscriptionId(string Value) : IId<SubscriptionId>
{
    /// <inheritdoc />
    public static SubscriptionId From(string value) => new(value);

    /// <inheritdoc />
    public override string ToString() => Value;
}

/// <summary>An amount due. Derived, never random: raising the same invoice twice gives the same id.</summary>
public readonly record struct InvoiceId(string Value) : IId<InvoiceId>
{
    /// <inheritdoc />
    public static InvoiceId From(string value) => new(value);

    /// <summary>The id of an invoice that a subscription raises.</summary>
    /// <param name="subscription">What raises it.</param>
    /// <param name="purpose">What it is for.</param>
    /// <param name="periodFrom">First day of what it pays for.</param>
    /// <param name="number">How many invoices the subscription has raised before, plus one.</param>
    public static InvoiceId For(SubscriptionId subscription, Invoices.InvoicePurpose purpose, DateOnly periodFrom, int number)
    {
        var body = subscription.Value.StartsWith("sub_", StringComparison.Ordinal) ? subscription.Value[4..] : subscription.Value;
        var letter = purpose switch
        {
            Invoices.InvoicePurpose.First => 'f',
            Invoices.InvoicePurpose.AfterTrial => 't',
            Invoices.InvoicePurpose.Renewal => 'r',
            Invoices.InvoicePurpose.Reversal => 'v',
        };
        return new($"inv_{body}_{letter}{periodFrom:yyyyMMdd}_{number}");
    }

    /// <inheritdoc />
    public override string ToString() => Value;
}
