using Microsoft.AspNetCore.Http;

namespace Subscriptions.Paywall;

/// <summary>
/// Finds one cookie in a request's header. The framework reads them all into strings and a dictionary first, for every request, which
/// took longer than the decision. Our own values hold nothing that is written in another way in a header.
/// </summary>
internal static class CookieHeader
{
    /// <summary>The value of a cookie, or nothing; of several with one name the last, as the framework has it.</summary>
    public static ReadOnlySpan<char> Find(HttpRequest request, string name)
    {
        var headers = request.Headers.Cookie;
        for (var i = headers.Count - 1; i >= 0; i--)
        {
            var value = FindIn(headers[i], name);
            if (!value.IsEmpty)
                return value;
        }

        return [];
    }

    public static bool Has(HttpRequest request, string name) => !Find(request, name).IsEmpty;

    /// <summary>The value as a text; null if there is none.</summary>
    public static string? Read(HttpRequest request, string name) => Find(request, name) is { IsEmpty: false } value ? value.ToString() : null;

    private static ReadOnlySpan<char> FindIn(ReadOnlySpan<char> header, string name)
    {
        for (var before = header; before.LastIndexOf(name, StringComparison.Ordinal) is >= 0 and var at; before = before[..at])
        {
            var after = header[(at + name.Length)..];
            if (after is ['=', ..] && (at == 0 || header[at - 1] is ' ' or ';'))
                return after[1..(after.IndexOf(';') is >= 0 and var end ? end : after.Length)].Trim(' ');
        }

        return [];
    }
}
