using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;

namespace Subscriptions.Paywall;

/// <summary>A cookie that only this website can write or read.</summary>
internal sealed class SealedCookie<T>(string name, IDataProtector protector, JsonTypeInfo<T> form, ReaderCookies cookies)
    where T : class
{
    private const int Longest = 4_096;

    // Browsers keep 4,096 bytes of a name and its value together (RFC 6265bis, 5.6).
    private const int LongestWritten = 3_900;

    public bool IsIn(HttpRequest request) => CookieHeader.Has(request, name);

    /// <summary>What it holds; null if there is none, or one that this website did not write.</summary>
    public T? Read(HttpRequest request)
    {
        if (CookieHeader.Read(request, name) is not { Length: <= Longest } cookie)
            return null;
        try
        {
            return JsonSerializer.Deserialize(protector.Unprotect(Base64Url.Decode(cookie)), form);
        }
        catch (Exception tampered) when (tampered is CryptographicException or FormatException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes it; false if it is longer than browsers keep.</summary>
    public bool Write(HttpContext context, T value, TimeSpan? life)
    {
        var text = Base64Url.Encode(protector.Protect(JsonSerializer.SerializeToUtf8Bytes(value, form)));
        if (text.Length > LongestWritten)
            return false;
        if (!context.Response.HasStarted)
            cookies.SetSealed(context, name, text, life);
        return true;
    }
}
