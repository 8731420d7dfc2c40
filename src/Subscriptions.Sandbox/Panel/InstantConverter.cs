using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Subscriptions.Sandbox.Panel;

/// <summary>Instants as <c>2026-11-22T09:00:00.000Z</c>; any ISO 8601 form is read.</summary>
internal sealed class InstantConverter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TryGetDateTimeOffset(out var at) ? at.ToUniversalTime() : throw new JsonException("Not an ISO 8601 instant.");

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
}
