using System.Globalization;

namespace Subscriptions.Server.Adapters.Stripe;

/// <summary>The fields of one write, as Stripe wants them: form-encoded, nested names in brackets.</summary>
internal sealed class StripeForm
{
    private readonly List<KeyValuePair<string, string>> _fields = [];

    /// <summary>In the order in which they were added, so that a repetition sends the same bytes.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Fields => _fields;

    /// <summary>Adds a field; null is left out.</summary>
    public StripeForm With(string name, string? value)
    {
        if (value is not null)
        {
            _fields.Add(new KeyValuePair<string, string>(name, value));
        }

        return this;
    }

    /// <summary>Adds a field once for each value.</summary>
    public StripeForm WithEach(string name, IEnumerable<string> values) => values.Aggregate(this, (form, value) => form.With(name, value));

    /// <summary>Adds an amount in minor units.</summary>
    public StripeForm With(string name, long value) => With(name, value.ToString(CultureInfo.InvariantCulture));
}
