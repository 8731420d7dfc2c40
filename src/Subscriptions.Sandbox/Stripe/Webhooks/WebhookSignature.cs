using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Subscriptions.Sandbox.Stripe.Webhooks;

/// <summary>The <c>Stripe-Signature</c> header: <c>t=…,v1=…</c>, HMAC-SHA256 of <c>t.body</c>, made anew for each delivery.</summary>
public static class WebhookSignature
{
    /// <summary>The header for this body at this moment of wall time.</summary>
    public static string Header(string secret, string body, DateTimeOffset wallTime) => Header([secret], body, wallTime);

    /// <summary>The header while one secret takes another's place: a signature by each.</summary>
    public static string Header(IReadOnlyList<string> secrets, string body, DateTimeOffset wallTime)
    {
        var seconds = wallTime.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var signed = Encoding.UTF8.GetBytes(seconds + "." + body);
        return $"t={seconds}" + string.Concat(secrets.Select(secret => ",v1=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed))));
    }
}
