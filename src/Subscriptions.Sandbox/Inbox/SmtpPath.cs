using System.Globalization;
using System.Text.RegularExpressions;

namespace Subscriptions.Sandbox.Inbox;

/// <summary>The argument of MAIL and RCPT: an address in angle brackets, and parameters.</summary>
/// <param name="Address">Empty for the null sender.</param>
internal sealed partial record SmtpPath(string Address, IReadOnlyList<string> Parameters)
{
    private const int LongestAddress = 254;

    /// <summary>Null when it is not <c>FROM:&lt;…&gt;</c> (or <c>TO:&lt;…&gt;</c>) with a usable address.</summary>
    public static SmtpPath? Parse(string argument, string keyword, bool mayBeEmpty)
    {
        var match = Form().Match(argument);
        if (!match.Success || !match.Groups["keyword"].Value.Equals(keyword, StringComparison.OrdinalIgnoreCase)) return null;
        var address = match.Groups["address"].Value;
        var usable = address.Length == 0 ? mayBeEmpty : address.Length <= LongestAddress && AddressForm().IsMatch(address);
        return usable
            ? new SmtpPath(address, match.Groups["rest"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            : null;
    }

    /// <summary>What is wrong with the parameters of MAIL, as a reply; null when all is well.</summary>
    public string? Objection(int largestMessage)
    {
        foreach (var parameter in Parameters)
        {
            var pair = parameter.Split('=', 2);
            var value = pair.Length == 2 ? pair[1] : "";
            switch (pair[0].ToUpperInvariant())
            {
                case "SIZE":
                    if (!long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var size)) return SmtpReply.BadSyntax;
                    if (size > largestMessage) return SmtpReply.TooBig;
                    break;
                case "BODY":
                    if (value.ToUpperInvariant() is not ("7BIT" or "8BITMIME")) return SmtpReply.BadSyntax;
                    break;
                case "SMTPUTF8" or "AUTH":
                    break;
                default:
                    return SmtpReply.UnknownParameter;
            }
        }

        return null;
    }

    [GeneratedRegex(@"^(?<keyword>[A-Za-z]+):\s*<(?<address>[^<>]*)>(?<rest>( +[^ ]+)*) *$", RegexOptions.ExplicitCapture)]
    private static partial Regex Form();

    [GeneratedRegex(@"^[^\s@,;:""]+@[^\s@,;:""]+$")]
    private static partial Regex AddressForm();
}
