using System.Globalization;
using System.Text;
using Subscriptions.Sandbox.Stripe.Cards;
using Subscriptions.Sandbox.Stripe.Ledger;

namespace Subscriptions.Sandbox.Stripe.Pages;

/// <summary>
/// The forms of the hosted page beside cards. Fields: <c>kind</c> (<c>bacs_debit</c> or <c>paypal</c>), <c>sort_code</c>,
/// <c>account_number</c>, <c>name</c>; for PayPal <c>account</c> (a test token).
/// </summary>
internal static class OtherMethods
{
    private const int LongestName = 100;

    /// <summary>The account that was chosen, or the error with its field; both null where a card was typed.</summary>
    public static (TestAccount? Account, string? Name, (string Field, string Message)? Error) Read(IFormCollection form, StripeObject session)
    {
        var kind = form["kind"].ToString();
        if (kind is not (TestAccounts.Bacs or TestAccounts.PayPal) || !session.Body.Texts("payment_method_types").Contains(kind))
        {
            return (null, null, null);
        }

        if (kind == TestAccounts.PayPal)
        {
            var chosen = TestAccounts.OfToken(form["account"].ToString() is { Length: > 0 } token ? token : "pm_paypal_success");
            return chosen is { Type: TestAccounts.PayPal } ? (chosen, null, null) : (null, null, ("account", "Choose a PayPal test account."));
        }

        var sortCode = Digits(form["sort_code"].ToString());
        var number = Digits(form["account_number"].ToString());
        var name = form["name"].ToString().Trim();
        return (sortCode.Length, number.Length, name.Length, TestAccounts.OfNumber(number)) switch
        {
            (not 6, _, _, _) => (null, null, ("sort_code", "Enter the six digits of the sort code.")),
            (_, not 8, _, _) => (null, null, ("account_number", "Enter the eight digits of the account number.")),
            (_, _, 0 or > LongestName, _) => (null, null, ("account_name", "Enter the name of the account holder.")),
            (_, _, _, { } account) when sortCode == TestAccounts.SortCode => (account, name, null),
            _ => (null, null, ("account_number", "This page takes test accounts only: choose one from the list.")),
        };
    }

    /// <summary>The forms of the kinds that a session offers.</summary>
    public static string Forms(StripeObject session)
    {
        var types = session.Body.Texts("payment_method_types").ToList();
        return (types.Contains(TestAccounts.Bacs) ? Bacs() : "") + (types.Contains(TestAccounts.PayPal) ? PayPal() : "");
    }

    private static string Bacs()
    {
        var accounts = new StringBuilder();
        foreach (var account in TestAccounts.All.Where(one => one.Type == TestAccounts.Bacs))
        {
            accounts.Append(CultureInfo.InvariantCulture, $"<li><span class=\"digits\">{account.Number}</span> – {PayLayout.Encode(account.Does)}</li>");
        }

        return $"""
            <h2>Or pay by Direct Debit</h2>
            <form method="post" novalidate id="bacs">
            <input type="hidden" name="kind" value="{TestAccounts.Bacs}">
            <label for="sort_code">Sort code</label><input type="text" id="sort_code" name="sort_code" value="10-88-00" inputmode="numeric" maxlength="10">
            <label for="account_number">Account number</label><input type="text" id="account_number" name="account_number" inputmode="numeric" maxlength="12">
            <label for="account_name">Name of the account holder</label><input type="text" id="account_name" name="name" maxlength="100" autocomplete="name">
            <p>Test accounts under the sort code 10-88-00; every result takes working days:</p><ul>{accounts}</ul>
            <p>Payments are protected by the Direct Debit Guarantee.</p>
            <div class="actions"><button type="submit">Set up Direct Debit</button></div>
            </form>
            """;
    }

    private static string PayPal()
    {
        var accounts = new StringBuilder();
        foreach (var account in TestAccounts.All.Where(one => one.Type == TestAccounts.PayPal))
        {
            accounts.Append(CultureInfo.InvariantCulture, $"<div class=\"choice\"><input type=\"radio\" id=\"{account.Token}\" name=\"account\" value=\"{account.Token}\"{(account is { Decline: null, AsksEachTime: false } ? " checked" : "")}>")
                .Append(CultureInfo.InvariantCulture, $"<label for=\"{account.Token}\">{PayLayout.Encode(account.Does)}</label></div>");
        }

        return $"""
            <h2>Or pay with PayPal</h2>
            <form method="post" novalidate id="paypal">
            <input type="hidden" name="kind" value="{TestAccounts.PayPal}">
            <fieldset><legend>PayPal test account</legend>{accounts}</fieldset>
            <div class="actions"><button type="submit">Continue with PayPal</button></div>
            </form>
            """;
    }

    private static string Digits(string text) => string.Concat(text.Where(char.IsAsciiDigit));
}
