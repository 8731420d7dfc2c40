using System.Globalization;

namespace Subscriptions.Sandbox.Stripe.Api;

/// <summary>
/// The parameters of one request, read as Stripe reads them: <c>a[b]=1</c> nests, <c>a[]=1</c> and <c>a[0]=1</c>
/// make lists, and whatever is of the wrong shape is refused by name.
/// </summary>
internal sealed class StripeParams
{
    /// <summary>Characters of one value, unless a parameter has a limit of its own.</summary>
    private const int MaxText = 5000;

    /// <summary>Pairs of one request.</summary>
    public const int MaxPairs = 1000;

    /// <summary>Levels of brackets in one name.</summary>
    private const int MaxDepth = 6;

    private readonly Dictionary<string, object> entries = new(StringComparer.Ordinal);
    private readonly string path;

    private StripeParams(string path) => this.path = path;

    public IReadOnlyCollection<string> Names => entries.Keys;

    /// <summary>Every plain value, at any depth.</summary>
    public IEnumerable<string> Values() =>
        entries.Values.SelectMany(entry => entry is StripeParams map ? map.Values() : [(string)entry]);

    /// <summary>Every plain value with its name, brackets and all.</summary>
    public IEnumerable<(string Name, string Value)> Pairs() => entries.SelectMany(entry => entry.Value is StripeParams map
        ? map.Pairs() : [(Full(entry.Key), (string)entry.Value)]);

    public static StripeParams Parse(IEnumerable<KeyValuePair<string, string>> pairs)
    {
        var root = new StripeParams("");
        foreach (var (name, value) in pairs)
        {
            root.Put(Segments(name), 0, value);
        }

        return root;
    }

    public void Only(IReadOnlySet<string> known)
    {
        if (entries.Keys.FirstOrDefault(name => !known.Contains(name)) is { } unknown)
        {
            throw StripeFailure.Invalid("parameter_unknown", $"Received unknown parameter: {Full(unknown)}", Full(unknown));
        }
    }

    public bool Has(string name) => entries.ContainsKey(name);

    /// <summary>Whether the parameter is a plain value rather than a map or list.</summary>
    public bool IsText(string name) => entries.GetValueOrDefault(name) is string;

    /// <summary>Whether the parameter is there and empty, which is how Stripe is told to unset a value.</summary>
    public bool Unsets(string name) => entries.GetValueOrDefault(name) is "";

    public string? Text(string name, int maxLength = MaxText) => entries.GetValueOrDefault(name) switch
    {
        null or "" => null,
        string text when text.Length <= maxLength => text,
        string text => throw StripeFailure.Invalid(null,
            $"Invalid string: {text[..10]}…; must be at most {maxLength} characters", Full(name)),
        _ => throw StripeFailure.Invalid(null, "Invalid string: {…}", Full(name)),
    };

    public string Required(string name)
    {
        if (Unsets(name))
        {
            throw StripeFailure.Invalid("parameter_invalid_empty",
                $"You passed an empty string for '{Full(name)}'. We assume empty values are an attempt to unset a parameter; "
                + $"however '{Full(name)}' cannot be unset.", Full(name));
        }

        return Text(name) ?? throw StripeFailure.Missing(Full(name));
    }

    public long? Integer(string name) => Text(name) switch
    {
        null when Unsets(name) => throw StripeFailure.Invalid("parameter_invalid_empty",
            $"You passed an empty string for '{Full(name)}'.", Full(name)),
        null => null,
        { } text when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
        { } text => throw StripeFailure.Invalid("parameter_invalid_integer", $"Invalid integer: {text}", Full(name)),
    };

    public bool Flag(string name) => Text(name) switch
    {
        null or "false" => false,
        "true" => true,
        { } text => throw StripeFailure.Invalid(null, $"Invalid boolean: {text}", Full(name)),
    };

    public string? OneOf(string name, params ReadOnlySpan<string> allowed)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        return allowed.Contains(text) ? text : throw StripeFailure.Invalid(null,
            $"Invalid {Full(name)}: must be one of {string.Join(", ", allowed.ToArray())}", Full(name));
    }

    public StripeParams Map(string name) => entries.GetValueOrDefault(name) switch
    {
        StripeParams map => map,
        null or "" => new StripeParams(Full(name)),
        _ => throw StripeFailure.Invalid(null, "Invalid object", Full(name)),
    };

    public IReadOnlyList<string> List(string name) => entries.GetValueOrDefault(name) switch
    {
        null or "" => [],
        StripeParams list => [.. list.entries.OrderBy(entry => int.TryParse(entry.Key, out var index) ? index : int.MaxValue)
            .Select(entry => entry.Value as string ?? throw StripeFailure.Invalid(null, "Invalid array", Full(name)))],
        _ => throw StripeFailure.Invalid(null, "Invalid array", Full(name)),
    };

    private string Full(string name) => path.Length == 0 ? name : $"{path}[{name}]";

    private void Put(IReadOnlyList<string> segments, int depth, string value)
    {
        var name = segments[depth].Length > 0 ? segments[depth] : entries.Count.ToString(CultureInfo.InvariantCulture);
        if (depth == segments.Count - 1)
        {
            entries[name] = entries.GetValueOrDefault(name) is StripeParams
                ? throw StripeFailure.Invalid(null, $"Invalid string: {value}", Full(name)) : value;
            return;
        }

        if (!entries.TryGetValue(name, out var child))
        {
            entries[name] = child = new StripeParams(Full(name));
        }

        (child as StripeParams ?? throw StripeFailure.Invalid(null, "Invalid object", Full(name))).Put(segments, depth + 1, value);
    }

    private static string[] Segments(string name)
    {
        var open = name.IndexOf('[', StringComparison.Ordinal);
        if (open <= 0 || !name.EndsWith(']'))
        {
            return [name.Length == 0 ? " " : name];
        }

        string[] segments = [name[..open], .. name[(open + 1)..^1].Split("][")];
        return segments.Length <= MaxDepth ? segments : throw StripeFailure.Invalid(null, "Invalid parameter nesting", segments[0]);
    }
}
