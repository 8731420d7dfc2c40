using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Subscriptions.Domain;
using Subscriptions.Domain.Credits;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Plans;
using Subscriptions.Domain.Subscriptions;

namespace Subscriptions.Data;

/// <summary>How states and events are written into columns: ids as plain strings, enum values as names, a type by its name.</summary>
public static class DomainJson
{
    /// <summary>The one set of options for everything stored.</summary>
    public static JsonSerializerOptions Options { get; } = Create();

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { NameNestedTypes, LeaveOutWhatIsNewer } },
        };
        options.Converters.Add(new IdConverterFactory());
        options.Converters.Add(new JsonStringEnumConverter());
        return options;
    }

    // The closed families of states and events are nested records; each is stored under its own name.
    private static void NameNestedTypes(JsonTypeInfo info)
    {
        if (info.Type != typeof(Subscription) && info.Type != typeof(SubscriptionEvent) && info.Type != typeof(InvoiceEvent) && info.Type != typeof(CreditEvent))
        {
            return;
        }

        info.PolymorphismOptions = new JsonPolymorphismOptions
        {
            TypeDiscriminatorPropertyName = "$type",
            UnknownDerivedTypeHandling = JsonUnknownDerivedTypeHandling.FailSerialization,
        };
        foreach (var nested in info.Type.GetNestedTypes().Where(t => !t.IsAbstract && t.IsAssignableTo(info.Type)))
        {
            info.PolymorphismOptions.DerivedTypes.Add(new JsonDerivedType(nested, nested.Name));
        }
    }

    // Versions were written before there were groups, and before access could close in the third stage: one whose content has not changed must not look as if it had.
    private static void LeaveOutWhatIsNewer(JsonTypeInfo info)
    {
        if (info.Type == typeof(PlanVersion))
        {
            Named(info, nameof(PlanVersion.Seats)).ShouldSerialize = (_, value) => value is not null;
        }
        else if (info.Type == typeof(DunningPolicy))
        {
            Named(info, nameof(DunningPolicy.ClosesInThirdStage)).ShouldSerialize = (_, value) => value is true;
        }
    }

    private static JsonPropertyInfo Named(JsonTypeInfo info, string name) => info.Properties.Single(p => p.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    private sealed class IdConverterFactory : JsonConverterFactory
    {
        public override bool CanConvert(Type typeToConvert) =>
            typeToConvert.IsValueType && typeToConvert.GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IId<>));

        public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
            (JsonConverter)Activator.CreateInstance(typeof(IdConverter<>).MakeGenericType(typeToConvert), BindingFlags.Public | BindingFlags.Instance, null, null, null)!;
    }

    private sealed class IdConverter<TId> : JsonConverter<TId> where TId : struct, IId<TId>
    {
        public override TId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => TId.From(reader.GetString()!);

        public override void Write(Utf8JsonWriter writer, TId value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
    }
}
