using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Subscriptions.Paywall;

/// <summary>
/// The articles that were counted for a browser, in a cookie that this website sealed. Whoever deletes it begins anew, as with every
/// meter that asks nobody's name; nobody can write one.
/// </summary>
internal sealed class BrowserMeter(IDataProtectionProvider protection, ReaderCookies cookies, IOptions<PaywallOptions> options)
{
    private const int NameBytes = 9;
    private const int EntryBytes = NameBytes + sizeof(uint);
    private readonly IDataProtector _protector = protection.CreateProtector("Subscriptions.Paywall.Meter.v1", options.Value.SiteId);

    public IReadOnlyList<CountedArticle> Read(HttpRequest request)
    {
        if (CookieHeader.Read(request, cookies.Meter) is not { Length: <= 4_096 } cookie)
            return [];
        try
        {
            var bytes = _protector.Unprotect(Base64Url.Decode(cookie));
            return bytes.Length % EntryBytes == 0 ? [.. Enumerable.Range(0, bytes.Length / EntryBytes).Select(i => Entry(bytes.AsSpan(i * EntryBytes, EntryBytes)))] : [];
        }
        catch (Exception tampered) when (tampered is CryptographicException or FormatException)
        {
            return [];
        }
    }

    public void Write(HttpContext context, IReadOnlyList<CountedArticle> counted)
    {
        if (context.Response.HasStarted)
            return;
        var bytes = new byte[counted.Count * EntryBytes];
        for (var i = 0; i < counted.Count; i++)
        {
            var entry = bytes.AsSpan(i * EntryBytes, EntryBytes);
            Base64Url.Decode(counted[i].Article).CopyTo(entry);
            BinaryPrimitives.WriteUInt32BigEndian(entry[NameBytes..], (uint)Math.Clamp(counted[i].At.ToUnixTimeSeconds(), 0, uint.MaxValue));
        }

        cookies.SetMeter(context, Base64Url.Encode(_protector.Protect(bytes)));
    }

    private static CountedArticle Entry(ReadOnlySpan<byte> entry) =>
        new(Base64Url.Encode(entry[..NameBytes]), DateTimeOffset.FromUnixTimeSeconds(BinaryPrimitives.ReadUInt32BigEndian(entry[NameBytes..])));
}
