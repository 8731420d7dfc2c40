namespace Subscriptions.Sandbox.Stripe.Api;

/// <summary>One operation of the API.</summary>
/// <param name="Operation">Its name for faults, such as <c>payment_intents.confirm</c>.</param>
/// <param name="Template">The path below <c>/v1/</c>; <c>{id}</c> stands for an object's id.</param>
internal sealed record StripeRoute(string Operation, string Method, string Template, Func<StripeCall, StripeAnswer> Run, IReadOnlySet<string> Parameters)
{
    private readonly string[] segments = Template.Split('/');

    /// <summary>The last part of the name: <c>confirm</c>, <c>create</c>…</summary>
    public string Verb => Operation[(Operation.LastIndexOf('.') + 1)..];

    /// <summary>Whether the operation changes the object of its path, which is locked meanwhile.</summary>
    public bool Locks => Method != HttpMethods.Get && Template.Contains("{id}", StringComparison.Ordinal);

    /// <summary>The id in the path (empty if the template has none); null if the path is another one.</summary>
    public string? Match(string method, string[] path)
    {
        if (method != Method || path.Length != segments.Length)
        {
            return null;
        }

        var id = "";
        for (var index = 0; index < path.Length; index++)
        {
            if (segments[index] == "{id}")
            {
                id = path[index];
            }
            else if (segments[index] != path[index])
            {
                return null;
            }
        }

        return id.Length == 0 && Template.Contains("{id}", StringComparison.Ordinal) ? null : id;
    }
}
