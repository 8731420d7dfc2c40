using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Subscriptions.Sandbox.Stripe.Ledger;

/// <summary>Short reads of the JSON bodies that the ledger keeps.</summary>
internal static class JsonBodies
{
    public static string? Text(this JsonObject body, string name) =>
        body[name] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    public static long Number(this JsonObject body, string name) =>
        body[name] is JsonValue value && value.GetValueKind() == JsonValueKind.Number
            ? long.Parse(value.ToJsonString(), CultureInfo.InvariantCulture) : 0;

    public static bool Flag(this JsonObject body, string name) =>
        body[name] is JsonValue value && value.TryGetValue(out bool flag) && flag;

    public static JsonObject? Object(this JsonObject body, string name) => body[name] as JsonObject;

    public static IEnumerable<string> Texts(this JsonObject body, string name) =>
        body[name] is JsonArray list ? list.Select(item => item!.GetValue<string>()) : [];

    public static JsonArray ToArray(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);

    public static JsonObject Copy(this JsonObject body) => (JsonObject)body.DeepClone();
}
