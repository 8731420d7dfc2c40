using System.Security.Cryptography;
using System.Text;

namespace Subscriptions.Server.Features.Api;

/// <summary>
/// A request's own key. Kept with the record that it leads to, it holds longer than the kept answer, and when we die between the two. It belongs to
/// whoever sent it; without one, each request is another.
/// </summary>
internal static class RequestKey
{
    public static string Of(HttpContext http) => http.Request.Headers.TryGetValue(Idempotency.Header, out var sent)
        ? "api:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{http.Request.Headers.Authorization}\n{sent}")))[..40]
        : "api:" + RandomNumberGenerator.GetHexString(40, lowercase: true);
}
