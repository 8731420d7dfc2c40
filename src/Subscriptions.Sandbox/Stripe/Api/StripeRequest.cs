using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Subscriptions.Sandbox.Stripe.Api;

/// <summary>A request that came with a valid key, names an operation and has parameters that the operation knows.</summary>
internal sealed partial record StripeRequest(StripeRoute Route, string Id, StripeParams Params, string RequestId, string Origin)
{
    private const int MaxBody = 256 * 1024;
    private const int MaxKey = 255;

    /// <summary>The idempotency key of a request that changes something.</summary>
    public string? Key { get; private init; }

    /// <summary>The fault that makes the bank answer otherwise.</summary>
    public Faults.Fault? Bank { get; init; }

    /// <summary>Whether it asks a bank for money.</summary>
    public bool Charges => Route.Operation == "payment_intents.confirm" || (Route.Operation == "payment_intents.create" && Params.Flag("confirm"));

    /// <summary>Method, path and parameters: what a repeated key must repeat.</summary>
    public required string Fingerprint { get; init; }

    public static async Task<StripeRequest> ReadAsync(HttpContext context, StripeSimulatorOptions options, string requestId)
    {
        var http = context.Request;
        RefuseWrongKey(http, options.SecretKey);
        RefuseWrongVersion(http.Headers["Stripe-Version"].ToString());
        var path = context.GetRouteValue("path") as string ?? "";
        var (route, id) = StripeRoutes.Find(http.Method, path) ?? throw new StripeFailure(StatusCodes.Status404NotFound,
            "invalid_request_error", null,
            $"Unrecognized request URL ({http.Method}: /v1/{path}). Please see https://stripe.com/docs or we can help at https://support.stripe.com/.");
        var pairs = Pairs(http.QueryString.Value?.TrimStart('?') ?? "");
        if (!HttpMethods.IsGet(http.Method))
        {
            pairs.AddRange(Pairs(await BodyAsync(http)));
        }

        if (pairs.Count > StripeParams.MaxPairs)
        {
            throw StripeFailure.Invalid(null, $"A request can have at most {StripeParams.MaxPairs} parameters.");
        }

        var parameters = StripeParams.Parse(pairs);
        parameters.Only(route.Parameters);
        return new StripeRequest(route, id, parameters, requestId, OriginOf(http, options))
        {
            Key = HttpMethods.IsPost(http.Method) ? KeyOf(http) : null,
            Fingerprint = Hash(http.Method + " " + path, pairs),
        };
    }

    public static string OriginOf(HttpRequest http, StripeSimulatorOptions options) =>
        options.PublicAddress?.GetLeftPart(UriPartial.Authority) ?? $"{http.Scheme}://{http.Host}";

    private static void RefuseWrongKey(HttpRequest http, string secretKey)
    {
        var given = AuthenticationHeaderValue.TryParse(http.Headers.Authorization, out var header) ? header.Scheme.ToUpperInvariant() switch
        {
            "BEARER" => header.Parameter,
            "BASIC" => UserOf(header.Parameter),
            _ => null,
        }
        : null;
        if (string.IsNullOrEmpty(given))
        {
            throw StripeFailure.Unauthorized(
                "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth "
                + "(e.g. 'Authorization: Bearer YOUR_SECRET_KEY').");
        }

        if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(secretKey)))
        {
            throw StripeFailure.Unauthorized($"Invalid API Key provided: {Masked(given)}");
        }
    }

    private static string Masked(string key) =>
        key.Length <= 12 ? new string('*', key.Length) : $"{key[..8]}{new string('*', Math.Min(key.Length, 40) - 12)}{key[^4..]}";

    private static string? UserOf(string? basic)
    {
        var bytes = new byte[1024];
        return basic is not null && basic.Length <= bytes.Length && Convert.TryFromBase64String(basic, bytes, out var length)
            ? Encoding.UTF8.GetString(bytes, 0, length).Split(':')[0] : null;
    }

    private static void RefuseWrongVersion(string version)
    {
        if (version.Length > 0 && !VersionShape().IsMatch(version))
        {
            throw StripeFailure.Invalid(null, $"Invalid Stripe API version: {version[..Math.Min(version.Length, 40)]}");
        }
    }

    private static string? KeyOf(HttpRequest http)
    {
        var key = http.Headers["Idempotency-Key"].ToString();
        return key.Length <= MaxKey ? (key.Length == 0 ? null : key)
            : throw StripeFailure.Invalid(null, $"Idempotency keys can be at most {MaxKey} characters long.");
    }

    private static async Task<string> BodyAsync(HttpRequest http)
    {
        if (http.ContentType is { } type && !type.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase))
        {
            throw StripeFailure.Invalid(null, "Invalid request (check that your POST content type is application/x-www-form-urlencoded). "
                + "If you have any questions, we can help at https://support.stripe.com/.");
        }

        using var body = new MemoryStream();
        var buffer = new byte[8192];
        int read;
        while ((read = await http.Body.ReadAsync(buffer)) > 0)
        {
            body.Write(buffer, 0, read);
            if (body.Length > MaxBody)
            {
                throw new StripeFailure(StatusCodes.Status413PayloadTooLarge, "invalid_request_error", null, "Request body too large.");
            }
        }

        return Encoding.UTF8.GetString(body.GetBuffer(), 0, (int)body.Length);
    }

    private static List<KeyValuePair<string, string>> Pairs(string encoded) =>
        [.. encoded.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(pair =>
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            return equals < 0
                ? KeyValuePair.Create(WebUtility.UrlDecode(pair), "")
                : KeyValuePair.Create(WebUtility.UrlDecode(pair[..equals]), WebUtility.UrlDecode(pair[(equals + 1)..]));
        })];

    private static string Hash(string operation, IEnumerable<KeyValuePair<string, string>> pairs)
    {
        var text = new StringBuilder(operation);
        foreach (var (name, value) in pairs.OrderBy(pair => pair.Key, StringComparer.Ordinal).ThenBy(pair => pair.Value, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{name.Length}:{name}={value}");
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    [GeneratedRegex(@"^\d{4}-\d{2}-\d{2}(\.[a-z_]{1,30})?$")]
    private static partial Regex VersionShape();
}
