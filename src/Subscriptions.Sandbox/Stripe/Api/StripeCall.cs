using Subscriptions.Sandbox.Stripe.Faults;
using Subscriptions.Sandbox.Stripe.Ledger;

namespace Subscriptions.Sandbox.Stripe.Api;

/// <summary>One request under execution: its parameters, the id in its path, the ledger that it may change,
/// and the origin under which the hosted pages are found.</summary>
internal sealed record StripeCall(LedgerTransaction Ledger, StripeParams Params, string Id, string Origin)
{
    /// <summary>What the bank is made to say, whatever the method would have said; null: nothing.</summary>
    public Fault? Bank { get; init; }

    /// <summary>The object that the path names; 404 if there is none.</summary>
    public StripeObject Subject(string kind, string param = "id") =>
        Ledger.Find(kind, Id) ?? throw StripeFailure.NoSuch(kind, Id, param, inPath: true);

    /// <summary>The object that a parameter names; null if the parameter is absent, 400 if the object is.</summary>
    public StripeObject? Named(string kind, string param) => Params.Text(param) is { } id
        ? Ledger.Find(kind, id) ?? throw StripeFailure.NoSuch(kind, id, param) : null;
}
