using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Subscriptions.Server.Adapters.Stripe;

/// <summary>What became of checking a signature.</summary>
public enum SignatureVerdict
{
    /// <summary>One of the secrets signed exactly these bytes, lately.</summary>
    Genuine,

    /// <summary>There is no header, or it is not one of Stripe's.</summary>
    Malformed,

    /// <summary>Signed by none of the secrets, or not these bytes.</summary>
    Forged,

    /// <summary>Signed well, but too long ago or in the future.</summary>
    Stale,
}

/// <summary>Checks and makes the header <c>Stripe-Signature: t=…,v1=…</c> (HMAC-SHA256 of <c>t + "." + body</c>).</summary>
public static class StripeSignature
{
    /// <summary>Name of the header.</summary>
    public const string Header = "Stripe-Signature";

    /// <summary>How far the signature's time may be from ours, either way: 300 s of wall time.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(300);

    /// <summary>A header with more parts than this is not one of Stripe's.</summary>
    private const int MostParts = 20;

    /// <summary>Checks a header against the raw body. Any of several signatures by any of several secrets will do.</summary>
    public static SignatureVerdict Verify(string? header, ReadOnlySpan<byte> body, IReadOnlyList<string> secrets, DateTimeOffset now)
    {
        if (string.IsNullOrWhiteSpace(header) || Parse(header) is not var (time, signatures))
        {
            return SignatureVerdict.Malformed;
        }

        var genuine = false;
        foreach (var secret in secrets)
        {
            var expected = Compute(secret, time, body);
            foreach (var signature in signatures)
            {
                genuine |= CryptographicOperations.FixedTimeEquals(expected, signature);
            }
        }

        return !genuine ? SignatureVerdict.Forged
            : Math.Abs(now.ToUnixTimeSeconds() - time) > Tolerance.TotalSeconds ? SignatureVerdict.Stale
            : SignatureVerdict.Genuine;
    }

    /// <summary>The header for a body, as Stripe writes it.</summary>
    public static string Sign(string secret, ReadOnlySpan<byte> body, DateTimeOffset now)
    {
        var time = now.ToUnixTimeSeconds();
        return string.Create(CultureInfo.InvariantCulture, $"t={time},v1={Convert.ToHexStringLower(Compute(secret, time, body))}");
    }

    private static (long Time, List<byte[]> Signatures)? Parse(string header)
    {
        long? time = null;
        List<byte[]> signatures = [];
        var parts = header.Split(',', MostParts + 1);
        if (parts.Length > MostParts)
        {
            return null;
        }

        foreach (var part in parts)
        {
            if (part.Trim().Split('=', 2) is not [var name, var value])
            {
                return null;
            }

            if (name == "t")
            {
                if (!long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
                {
                    return null;
                }

                time = seconds;
            }
            else if (name == "v1" && Hex(value) is { } signature)
            {
                signatures.Add(signature);
            }
        }

        return time is { } known && known <= DateTimeOffset.MaxValue.ToUnixTimeSeconds() && signatures.Count > 0
            ? (known, signatures)
            : null;
    }

    private static byte[]? Hex(string value)
    {
        var bytes = new byte[SHA256.HashSizeInBytes];
        return value.Length == bytes.Length * 2
            && Convert.FromHexString(value, bytes, out _, out var written) == System.Buffers.OperationStatus.Done
            && written == bytes.Length
                ? bytes
                : null;
    }

    private static byte[] Compute(string secret, long time, ReadOnlySpan<byte> body)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret));
        hmac.AppendData(Encoding.UTF8.GetBytes(time.ToString(CultureInfo.InvariantCulture) + "."));
        hmac.AppendData(body);
        return hmac.GetHashAndReset();
    }
}
