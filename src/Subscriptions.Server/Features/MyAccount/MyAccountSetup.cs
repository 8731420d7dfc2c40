using Subscriptions.Server.Features.Subscribe;

namespace Subscriptions.Server.Features.MyAccount;

/// <summary>What readers see and change of their own subscription.</summary>
public static class MyAccountSetup
{
    /// <summary>Adds the queries behind My Account, payment links and subscribing.</summary>
    public static void AddMyAccount(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddScoped<PaymentProblemQuery>();
        services.AddScoped<ReaderSubscription>();
        services.AddScoped<BankWishQuery>();
        services.AddScoped<SetupReturns>();
        services.AddScoped<Checkout>();
    }
}
