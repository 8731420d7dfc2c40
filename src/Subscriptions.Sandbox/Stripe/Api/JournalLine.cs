using System.Text;
using System.Text.Json.Nodes;
using Subscriptions.Sandbox.Stripe.Ledger;

namespace Subscriptions.Sandbox.Stripe.Api;

/// <summary>One call as the API saw it.</summary>
/// <param name="Request">Null when it could not be read, or came with a wrong key.</param>
/// <param name="Reply">Null when the connection was dropped without an answer.</param>
internal sealed record JournalLine(string Method, string Path, StripeRequest? Request, string RequestId, Reply? Reply, string? Fault)
{
    private const int MaxText = 20_000;
    private const int MaxSubject = 100;

    /// <summary>The parameters, one a line.</summary>
    public string Parameters() => Cut(string.Join('\n', (Request?.Params.Pairs() ?? []).Select(pair => $"{pair.Name} = {pair.Value}")));

    /// <summary>The answer's body.</summary>
    public string? Answer() => Reply is null ? null : Cut(Reply.Body);

    /// <summary>Ids by which the call is found, each between spaces; those that an object of the ledger leads to as well.</summary>
    public string Subjects(LedgerTransaction ledger)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        var named = (Request?.Params.Values() ?? []).Append(Request?.Id ?? "").Concat(Answered());
        foreach (var id in named.Where(id => id.Length is > 3 and <= MaxSubject && id.Contains('_', StringComparison.Ordinal) && !id.Contains(' ', StringComparison.Ordinal)))
        {
            if (found.Add(id) && ledger.FindAny(id) is { } subject)
            {
                found.UnionWith(new[] { subject.Customer, subject.Body.Text("payment_intent") }.OfType<string>());
            }
        }

        return new StringBuilder(" ").AppendJoin(' ', found).Append(' ').ToString();
    }

    private IEnumerable<string> Answered()
    {
        if (Reply is null || JsonNode.Parse(Reply.Body) is not JsonObject body)
        {
            return [];
        }

        var subject = body.Object("error")?.Object("payment_intent") ?? body;
        return new[] { subject.Text("id"), subject.Text("customer"), subject.Text("payment_intent") }.OfType<string>();
    }

    private static string Cut(string text) => text.Length <= MaxText ? text : text[..MaxText] + "…";
}
