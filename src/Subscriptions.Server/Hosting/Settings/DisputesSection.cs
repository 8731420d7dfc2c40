using Subscriptions.Domain.Invoices;

namespace Subscriptions.Server.Hosting.Settings;

/// <summary>Reads <c>Disputes</c>: what a publisher does about payments that a bank takes back.</summary>
internal static class DisputesSection
{
    public static DisputePolicy Read(SettingsReader read) => new(
        Choice(read, "Disputes:WhileOpen", DisputePolicy.Default.WhileOpen),
        Choice(read, "Disputes:WhenLost", DisputePolicy.Default.WhenLost),
        Choice(read, "Disputes:OnFraudWarning", DisputePolicy.Default.OnFraudWarning));

    private static T Choice<T>(SettingsReader read, string setting, T usual) where T : struct, Enum
    {
        if (read.Optional(setting) is not { } text)
        {
            return usual;
        }

        if (Enum.GetNames<T>().FirstOrDefault(name => name.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } known)
        {
            return Enum.Parse<T>(known);
        }

        read.Fail(setting, $"is {SettingsReader.Shown(text)}. Write {string.Join(", ", Enum.GetNames<T>()[..^1])} or {Enum.GetNames<T>()[^1]}.");
        return usual;
    }
}
