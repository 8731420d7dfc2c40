using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Options;

namespace Subscriptions.Paywall;

/// <summary>A reader of whom a cookie, signed by this website, says that she was entitled at an instant.</summary>
internal sealed record KnownReader(ReaderAccess Access, string? SessionId, DateTimeOffset EntitledAt);

/// <summary>What the cookie holds.</summary>
internal sealed record KnownReaderState(
    string ReaderId, string? SessionId, DateTimeOffset EntitledAt, IReadOnlyList<string> Entitlements, DateTimeOffset? Until, string Record);

/// <summary>
/// Writes and reads the cookie "last entitled at". It begins with the hour of its writing and a mark of its reader in plain text, so that a request can see
/// without cryptography that it need not be written again; nothing else is believed of that part.
/// </summary>
internal sealed class KnownReaderProtector(IDataProtectionProvider protection, IOptions<PaywallOptions> options)
{
    private readonly IDataProtector _protector = protection.CreateProtector("Subscriptions.Paywall.KnownReader.v1", options.Value.SiteId);

    /// <summary>Whether the cookie was written in this hour.</summary>
    /// <param name="readerId">For whom it has to be; null where it was deleted when she signed in.</param>
    public static bool IsOfThisHour(ReadOnlySpan<char> cookie, string? readerId, DateTimeOffset now)
    {
        var plain = cookie[..Math.Max(0, cookie.IndexOf('.'))];
        var mark = plain.IndexOf('-');
        return long.TryParse(mark < 0 ? plain : plain[..mark], NumberStyles.None, CultureInfo.InvariantCulture, out var hour) && hour == Hour(now)
            && (readerId is null || (mark >= 0 && uint.TryParse(plain[(mark + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var held) && held == MarkOf(readerId)));
    }

    public string Protect(string readerId, string? sessionId, Grant grant, DateTimeOffset now)
    {
        var state = new KnownReaderState(readerId, sessionId, now, grant.Entitlements, grant.Until, grant.Record);
        var body = _protector.Protect(JsonSerializer.SerializeToUtf8Bytes(state, WireJson.Default.KnownReaderState));
        return string.Create(CultureInfo.InvariantCulture, $"{Hour(now)}-{MarkOf(readerId)}.{Base64Url.Encode(body)}");
    }

    public KnownReader? Unprotect(string? cookie)
    {
        var end = cookie?.IndexOf('.') ?? -1;
        if (cookie is null || end < 0 || cookie.Length > 4_096)
            return null;
        try
        {
            var json = _protector.Unprotect(Base64Url.Decode(cookie[(end + 1)..]));
            return JsonSerializer.Deserialize(json, WireJson.Default.KnownReaderState) is { } state ? ToReader(state) : null;
        }
        catch (Exception tampered) when (tampered is CryptographicException or FormatException or JsonException)
        {
            return null;
        }
    }

    private static KnownReader ToReader(KnownReaderState state)
    {
        var grant = new Grant(GrantKinds.Subscription, state.Record, state.Entitlements, null, state.Until);
        return new KnownReader(new ReaderAccess(state.ReaderId, 0, [grant]), state.SessionId, state.EntitledAt);
    }

    // FNV-1a: the same in each process, as a text's own hash is not.
    private static uint MarkOf(string readerId)
    {
        var mark = 2_166_136_261;
        foreach (var letter in readerId)
            mark = (mark ^ letter) * 16_777_619;
        return mark;
    }

    private static long Hour(DateTimeOffset now) => now.ToUnixTimeSeconds() / 3_600;
}

internal static class Base64Url
{
    public static string Encode(ReadOnlySpan<byte> bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);

    /// <exception cref="FormatException">The text is not base64url.</exception>
    public static byte[] Decode(string text) => System.Buffers.Text.Base64Url.DecodeFromChars(text);
}
