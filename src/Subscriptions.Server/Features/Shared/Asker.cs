using Subscriptions.Domain.Invoices;

namespace Subscriptions.Server.Features.Shared;

/// <summary>Who wants the reader to confirm a payment herself, in the reader's words: her bank, or PayPal, which is none.</summary>
/// <param name="Who">At the beginning of a sentence.</param>
/// <param name="Whose">Whose page it is, within a sentence.</param>
/// <param name="Name">Within a sentence.</param>
public sealed record Asker(string Who, string Whose, string Name)
{
    private static readonly Asker _bank = new("Your bank", "your bank's", "your bank");
    private static readonly Asker _payPal = new("PayPal", "PayPal's", "PayPal");

    /// <summary>The button that leads to the question.</summary>
    public string Button => ReferenceEquals(this, _bank) ? "Confirm with my bank" : $"Confirm with {Name}";

    /// <summary>How to give the presence that is wanted.</summary>
    public string PresenceWords =>
        $"{Who} wants you to confirm this payment. Confirm it on {Whose} page and it is taken at once; another payment method can be entered instead.";

    /// <summary>Who asks about a payment with a method of this kind; a bank where there is none.</summary>
    public static Asker Of(MethodKind? kind) => kind == MethodKind.PayPal ? _payPal : _bank;

    /// <summary>The same by the gateway's name of the kind.</summary>
    public static Asker Of(string? kind) => Of(kind is null ? null : (MethodKind?)MethodKinds.Of(kind));
}
