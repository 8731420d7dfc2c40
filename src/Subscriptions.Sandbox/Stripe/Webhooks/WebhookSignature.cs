using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Subscriptions.Sandbox.Stripe.Webhooks;

/// <summary>The <c>Stripe-Signature</c> header: <c>t=…,v1=…</c>, HMAC-SHA256 of <c>t.body</c>, made anew for each delivery.</summary>
public static class WebhookSignature
{
    /// <summary>The header for this body at this moment of wall time.</summary>
    public static string Header(string secret, string body, DateTimeOffset wallTime)
    {
        var seconds = wallTime.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var hash = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(seconds + "." + body));
        return $"t={seconds},v1={Convert.ToHexStringLower(hash)}";
    }
}
