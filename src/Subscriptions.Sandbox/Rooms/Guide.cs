using System.Globalization;
using System.Text;

namespace Subscriptions.Sandbox.Rooms;

/// <summary>What the console says once all is up. Its last line begins with <c>Ready</c>.</summary>
internal static class Guide
{
    public static string For(SandboxOptions options)
    {
        var text = new StringBuilder("\n");
        if (options.Rooms.HasFlag(SandboxRooms.Newspaper))
            Line(text, "The newspaper", options.Addresses.Newspaper, "open a subscriber-only story");
        if (options.Rooms.HasFlag(SandboxRooms.Service))
            Line(text, "The service", new Uri(options.Addresses.Service, "my-account"), "My Account; /support for staff");
        if (options.Rooms.HasFlag(SandboxRooms.Panel))
        {
            Line(text, "The panel", options.Addresses.Panel, "start here: readers, inbox, clock, faults");
            text.Append(CultureInfo.InvariantCulture, $"  The inbox      SMTP on 127.0.0.1:{options.Ports.Smtp}\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"  Its memory     {options.Data}\n\n");
        if (options.Rooms == SandboxRooms.All)
        {
            text.Append("  First: sign in at the newspaper as a reader from the panel's list, move the clock on past her\n");
            text.Append("  renewal, and watch what the article says. Then update her payment details.\n\n");
        }

        return text.Append("Ready. End with Ctrl+C; start again on the same folder to go on.").ToString();
    }

    private static void Line(StringBuilder text, string name, Uri address, string what) =>
        text.Append(CultureInfo.InvariantCulture, $"  {name,-14} {address.ToString().TrimEnd('/'),-34} {what}\n");
}
