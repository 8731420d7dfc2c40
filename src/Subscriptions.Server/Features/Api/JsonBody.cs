using System.Text.Json;
using System.Text.Json.Serialization;
using FluentValidation;
using Subscriptions.Server.Features.Access;

namespace Subscriptions.Server.Features.Api;

/// <summary>Reads bodies within a bound, once; whatever is wrong with one is a 4xx that says so.</summary>
internal static class JsonBody
{
    /// <summary>Bytes. The largest request of ours has a few hundred.</summary>
    public const int MaxBytes = 64 * 1024;

    private const string Whole = "body";
    private const string Kept = "subscriptions.body";

    // A member that we would ignore is a wish that we would not carry out: a price, a currency, a misspelt paymentMethod.
    private static readonly JsonSerializerOptions _strict = new(ApiJson.Options)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
    };

    /// <summary>The body's bytes, or null when there are more than <see cref="MaxBytes"/>.</summary>
    public static async Task<byte[]?> BytesAsync(HttpContext http)
    {
        if (http.Items[Kept] is byte[] known)
        {
            return known;
        }

        if (http.Request.ContentLength > MaxBytes)
        {
            return null;
        }

        using var read = new MemoryStream();
        var buffer = new byte[8192];
        int count;
        while ((count = await http.Request.Body.ReadAsync(buffer, http.RequestAborted)) > 0)
        {
            if (read.Length + count > MaxBytes)
            {
                return null;
            }

            read.Write(buffer, 0, count);
        }

        var bytes = read.ToArray();
        http.Items[Kept] = bytes;
        return bytes;
    }

    /// <summary>The body as a value that passed its rules, or the refusal.</summary>
    public static async Task<(T? Value, IResult? Refusal)> ReadAsync<T>(HttpContext http, IValidator<T> rules) where T : class
    {
        if (!http.Request.HasJsonContentType())
        {
            return (null, Results.Problem(Problems.Of(415)));
        }

        if (await BytesAsync(http) is not { } bytes)
        {
            return (null, Results.Problem(Problems.Of(413)));
        }

        T? value;
        try
        {
            value = JsonSerializer.Deserialize<T>(bytes, _strict);
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException or NotSupportedException)
        {
            var field = FieldOf(wrong);
            return (null, Problems.Bad(field, field == Whole || MembersOf<T>().Contains(field, StringComparer.OrdinalIgnoreCase)
                ? "This is not the JSON that was expected here."
                : $"Nothing of this name is expected here, only {string.Join(", ", MembersOf<T>())}."));
        }

        if (value is null)
        {
            return (null, Problems.Bad(Whole, "Send a JSON object."));
        }

        return rules.Validate(value) is { IsValid: false } found ? (null, Problems.Invalid(found)) : (value, null);
    }

    private static string FieldOf(Exception wrong) =>
        wrong is JsonException { Path: { Length: > 2 and < 60 } path } && path.StartsWith("$.", StringComparison.Ordinal) ? path[2..] : Whole;

    private static IEnumerable<string> MembersOf<T>() => _strict.GetTypeInfo(typeof(T)).Properties.Select(member => member.Name);
}
