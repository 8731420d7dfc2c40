using System.Text.Json.Nodes;
using Subscriptions.Sandbox.Stripe.Api;
using Subscriptions.Sandbox.Stripe.Ledger;

namespace Subscriptions.Sandbox.Stripe.Faults;

/// <summary>The ids and values by which a fault may recognise a request or an event.</summary>
internal sealed class FaultSubjects(LedgerFile ledger)
{
    /// <summary>The request's own values, and those of the object that its path names.</summary>
    public IReadOnlySet<string> Of(StripeRequest request)
    {
        var found = new HashSet<string>(request.Params.Values(), StringComparer.Ordinal) { request.Id };
        if (request.Id.Length > 0 && ledger.Read(transaction => transaction.FindAny(request.Id)) is { } subject)
        {
            Collect(subject.Body, found);
        }

        return found;
    }

    /// <summary>Ids and metadata of the object in an event.</summary>
    public static IReadOnlySet<string> Of(JsonObject snapshot)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        Collect(snapshot, found);
        return found;
    }

    private static void Collect(JsonObject body, HashSet<string> found)
    {
        foreach (var name in (string[])["id", "customer", "payment_intent", "payment_method", "charge", "setup_intent"])
        {
            if (body.Text(name) is { } id)
            {
                found.Add(id);
            }
        }

        foreach (var (_, value) in body.Object("metadata") ?? [])
        {
            found.Add(value!.GetValue<string>());
        }
    }
}
