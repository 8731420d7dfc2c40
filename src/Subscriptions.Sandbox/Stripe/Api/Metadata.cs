using System.Text.Json.Nodes;

namespace Subscriptions.Sandbox.Stripe.Api;

/// <summary>Stripe's rules for <c>metadata</c>.</summary>
internal static class Metadata
{
    private const int MaxKeys = 50;
    private const int MaxKey = 40;
    private const int MaxValue = 500;

    /// <summary>The metadata after this request: keys are merged, an empty value removes its key, an empty map all.</summary>
    public static JsonObject Merge(JsonObject? present, StripeParams request)
    {
        var merged = request.Unsets("metadata") || present is null ? [] : (JsonObject)present.DeepClone();
        var wanted = request.Map("metadata");
        foreach (var key in wanted.Names)
        {
            if (key.Length > MaxKey)
            {
                throw StripeFailure.Invalid(null,
                    $"Metadata keys can have up to {MaxKey} characters; yours has {key.Length}.", $"metadata[{key[..MaxKey]}]");
            }

            if (wanted.Text(key, MaxValue) is { } value)
            {
                merged[key] = value;
            }
            else
            {
                merged.Remove(key);
            }
        }

        return merged.Count <= MaxKeys ? merged
            : throw StripeFailure.Invalid(null, $"You can have up to {MaxKeys} keys in metadata.", "metadata");
    }
}
