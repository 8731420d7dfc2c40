using System.Security.Cryptography;
using System.Text;

namespace Subscriptions.Server.Hosting.Settings;

/// <summary>The SHA-256 of a key. The key itself is forgotten once it was read, so no dump or log can show it.</summary>
public sealed class KeyHash
{
    private const int MostOnStack = 256;
    private readonly byte[] _hash;

    private KeyHash(byte[] hash) => _hash = hash;

    /// <summary>Hashes a key.</summary>
    public static KeyHash Of(string key) => new(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    /// <summary>Takes a hash written as 64 hexadecimal digits; null when it is anything else.</summary>
    public static KeyHash? FromHex(string hex) =>
        hex.Length == SHA256.HashSizeInBytes * 2 && hex.All(char.IsAsciiHexDigit) ? new KeyHash(Convert.FromHexString(hex)) : null;

    /// <summary>True when the presented key is the one that was hashed; takes as long either way.</summary>
    public bool Matches(string presented)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> text = stackalloc byte[MostOnStack];
        SHA256.HashData(Encoding.UTF8.TryGetBytes(presented, text, out var length) ? text[..length] : Encoding.UTF8.GetBytes(presented), hash);
        return CryptographicOperations.FixedTimeEquals(_hash, hash);
    }

    /// <summary>A secret for another purpose, the same in every process; the key cannot be told from it.</summary>
    public string Derive(string purpose) => Convert.ToHexString(HMACSHA256.HashData(_hash, Encoding.UTF8.GetBytes(purpose)));

    /// <summary>True when both are of one key.</summary>
    internal bool SameAs(KeyHash other) => CryptographicOperations.FixedTimeEquals(_hash, other._hash);
}
