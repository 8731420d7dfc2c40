namespace Subscriptions.Sandbox.Stripe.Cards;

/// <summary>
/// One of Stripe's test bank accounts for Bacs Direct Debit, or a PayPal test account. Stripe settles its test debits at
/// once; here every result takes the working days that it takes in life, in billing time.
/// </summary>
/// <param name="Token">The PaymentMethod token of the API.</param>
/// <param name="Type"><c>bacs_debit</c> or <c>paypal</c>.</param>
/// <param name="Number">The account number for the hosted page; empty for PayPal.</param>
/// <param name="Does">What it does, in the words of the hosted page.</param>
public sealed record TestAccount(string Token, string Type, string Number, string Does)
{
    /// <summary>The answer to every collection, by the names of <see cref="Declines"/>; null: it is paid.</summary>
    public string? Decline { get; init; }

    /// <summary>Whether the bank ends the mandate with its answer.</summary>
    public bool EndsMandate { get; init; }

    /// <summary>Whether the bank takes a payment back some days after it succeeded.</summary>
    public bool TakenBack { get; init; }

    /// <summary>Whether the holder is asked again at every payment, so that none goes through without her.</summary>
    public bool AsksEachTime { get; init; }
}

/// <summary>The catalogue of test accounts.</summary>
public static class TestAccounts
{
    /// <summary>Stripe's type of a Bacs mandate.</summary>
    public const string Bacs = "bacs_debit";

    /// <summary>Stripe's type of a PayPal agreement.</summary>
    public const string PayPal = "paypal";

    /// <summary>The sort code of every test account, digits only.</summary>
    public const string SortCode = "108800";

    /// <summary>Every account, in the order in which the hosted page offers them.</summary>
    public static IReadOnlyList<TestAccount> All { get; } =
    [
        new("pm_bacsDebit_success", Bacs, "00012345", "Is paid"),
        new("pm_bacsDebit_insufficientFunds", Bacs, "22222227", "Is referred to the payer; the mandate stays") { Decline = "debit_insufficient_funds" },
        new("pm_bacsDebit_debitNotAuthorized", Bacs, "33333335", "Is refused, and the mandate ends") { Decline = "debit_not_authorized", EndsMandate = true },
        new("pm_bacsDebit_dispute", Bacs, "55555559", "Is paid, and taken back later") { TakenBack = true },
        new("pm_bacsDebit_payerDeceased", Bacs, "66666660", "The bank says that the payer has died (this simulator's own)") { Decline = "payer_deceased", EndsMandate = true },
        new("pm_paypal_success", PayPal, "", "Is paid"),
        new("pm_paypal_chargeDeclined", PayPal, "", "Can be saved, but is declined whenever it is charged") { Decline = "paypal_declined" },
        new("pm_paypal_asksEachTime", PayPal, "", "Asks for approval now and at every payment (this simulator's own)") { AsksEachTime = true },
    ];

    // Stripe's variants that take three minutes; here all of them take days.
    private static readonly Dictionary<string, string> Delayed = new(StringComparer.Ordinal)
    {
        ["pm_bacsDebit_successDelayed"] = "pm_bacsDebit_success",
        ["pm_bacsDebit_insufficientFundsDelayed"] = "pm_bacsDebit_insufficientFunds",
        ["pm_bacsDebit_debitNotAuthorizedDelayed"] = "pm_bacsDebit_debitNotAuthorized",
    };

    /// <summary>The account behind a token, if it is one.</summary>
    public static TestAccount? OfToken(string token) => All.FirstOrDefault(account => account.Token == Delayed.GetValueOrDefault(token, token));

    /// <summary>The bank account with this number; the numbers of Stripe's delayed variants begin with 9.</summary>
    public static TestAccount? OfNumber(string number) => All.FirstOrDefault(account =>
        account.Type == Bacs && (account.Number == number || (number.Length == 8 && number[0] == '9' && account.Number[1..] == number[1..])));
}
