using System.Security.Cryptography;
using System.Text;

namespace Subscriptions.Sandbox.Stripe.Ledger;

/// <summary>Ids in the shape of Stripe's: a prefix and 24 letters and digits.</summary>
internal static class ObjectIds
{
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const int Length = 24;

    public static string Derive(byte[] seed, string prefix, string part)
    {
        var hash = HMACSHA256.HashData(seed, Encoding.UTF8.GetBytes(prefix + part));
        var id = new StringBuilder(prefix, prefix.Length + Length);
        for (var index = 0; index < Length; index++)
        {
            id.Append(Alphabet[hash[index] % Alphabet.Length]);
        }

        return id.ToString();
    }
}
