using Subscriptions.Server.Features.Shared;

namespace Subscriptions.Server.Features.MyAccount;

/// <summary>The button that leads to the bank's question.</summary>
/// <param name="Path">The page that asks the bank.</param>
/// <param name="Return">The website's page to come back to; null for none.</param>
/// <param name="Asker">Who asks.</param>
public sealed record ConfirmAtBank(string Path, string? Return, Asker Asker)
{
    /// <summary>For whoever holds the payment link.</summary>
    public static ConfirmAtBank ByLink(string token, string? returnTo, Asker asker) => new($"/pay/{Uri.EscapeDataString(token)}/confirm", returnTo, asker);

    /// <summary>For the reader who is signed in.</summary>
    public static ConfirmAtBank SignedIn(string? returnTo, Asker asker) => new("/my-account/payment/confirm", returnTo, asker);
}
