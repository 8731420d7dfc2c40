using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Subscriptions.Server.Features.Accounts;

/// <summary>Unguessable values, and the hashes under which they are kept.</summary>
public static class Secrets
{
    private const int IdBytes = 12;
    private const int TokenBytes = 32;

    /// <summary>An id such as <c>rdr_5f0c…</c>: 96 random bits in hex.</summary>
    public static string NewId(string prefix) => $"{prefix}_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdBytes))}";

    /// <summary>256 random bits in base64url, for codes and handles.</summary>
    public static string NewToken() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(TokenBytes));

    /// <summary>SHA-256 in lower-case hex: what is stored of a token.</summary>
    public static string Hash(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}
