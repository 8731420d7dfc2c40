namespace Subscriptions.Bench.Gate;

/// <summary>What a web server would ask if nothing were decided: every question is answered by 200, and nothing else is done.</summary>
internal static class Nothing
{
    public static Task RunAsync()
    {
        var app = Child.NewBuilder().Build();
        app.Run(context =>
        {
            context.Response.ContentLength = 0;
            return Task.CompletedTask;
        });
        return Child.ServeAsync(app);
    }
}
