using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Subscriptions.Server.Features.Mail;

/// <summary>What became of checking a signature.</summary>
public enum MailSignatureVerdict
{
    /// <summary>One of the secrets signed exactly these bytes, lately.</summary>
    Genuine,

    /// <summary>No header, another shape, or none of the secrets.</summary>
    Forged,

    /// <summary>Signed well, but too long ago or in the future.</summary>
    Stale,
}

/// <summary>Checks and makes <c>Mail-Signature: t=…,v1=…</c>: HMAC-SHA256, in hex, of the Unix time, a dot and the raw body.</summary>
public static class MailSignature
{
    /// <summary>Name of the header.</summary>
    public const string Header = "Mail-Signature";

    /// <summary>Seconds of wall time by which the signature's time may be off, either way.</summary>
    public const int ToleranceSeconds = 300;

    /// <summary>Checks a header against the raw body.</summary>
    public static MailSignatureVerdict Verify(string? header, ReadOnlySpan<byte> body, IReadOnlyList<string> secrets, DateTimeOffset now)
    {
        if (header?.Split(',') is not [['t', '=', .. var time], ['v', '1', '=', .. { Length: 64 } hex]]
            || !long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || !hex.All(char.IsAsciiHexDigit))
        {
            return MailSignatureVerdict.Forged;
        }

        var presented = Convert.FromHexString(hex);
        var genuine = false;
        foreach (var secret in secrets)
        {
            genuine |= CryptographicOperations.FixedTimeEquals(Compute(secret, seconds, body), presented);
        }

        return !genuine ? MailSignatureVerdict.Forged
            : Math.Abs(now.ToUnixTimeSeconds() - (decimal)seconds) > ToleranceSeconds ? MailSignatureVerdict.Stale
            : MailSignatureVerdict.Genuine;
    }

    /// <summary>The header for a body.</summary>
    public static string Sign(string secret, ReadOnlySpan<byte> body, DateTimeOffset now)
    {
        var seconds = now.ToUnixTimeSeconds();
        return string.Create(CultureInfo.InvariantCulture, $"t={seconds},v1={Convert.ToHexStringLower(Compute(secret, seconds, body))}");
    }

    private static byte[] Compute(string secret, long seconds, ReadOnlySpan<byte> body)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret));
        hmac.AppendData(Encoding.UTF8.GetBytes(seconds.ToString(CultureInfo.InvariantCulture) + "."));
        hmac.AppendData(body);
        return hmac.GetHashAndReset();
    }
}
