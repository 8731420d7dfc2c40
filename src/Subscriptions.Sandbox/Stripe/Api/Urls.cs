namespace Subscriptions.Sandbox.Stripe.Api;

/// <summary>Addresses that a client hands in.</summary>
internal static class Urls
{
    /// <summary>The address of this parameter, absolute and http(s); null if it is absent.</summary>
    public static string? Read(StripeParams request, string name)
    {
        var url = request.Text(name);
        if (url is null || Uri.TryCreate(url, UriKind.Absolute, out var parsed) && parsed.Scheme is "http" or "https")
        {
            return url;
        }

        throw StripeFailure.Invalid("url_invalid", "Not a valid URL", name);
    }

    /// <summary>An address with further query parameters; a fragment stays at the end.</summary>
    public static string With(string url, params ReadOnlySpan<(string Name, string Value)> parameters)
    {
        var hash = url.IndexOf('#', StringComparison.Ordinal);
        var (head, tail) = hash < 0 ? (url, "") : (url[..hash], url[hash..]);
        foreach (var (name, value) in parameters)
        {
            head += (head.Contains('?', StringComparison.Ordinal) ? '&' : '?') + name + '=' + Uri.EscapeDataString(value);
        }

        return head + tail;
    }
}
