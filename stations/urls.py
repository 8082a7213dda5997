"""Addresses of the stations room."""

from django.urls import path

from stations import views

app_name = "stations"
urlpatterns = [
    path("", views.point_list, name="list"),
    path("posters.zip", views.posters, name="posters"),
    path("<slug:number>/", views.point_detail, name="detail"),
    path("<slug:number>/code.png", views.code_png, name="code_png"),
    path("<slug:number>/code.svg", views.code_svg, name="code_svg"),
    path("<slug:number>/poster.pdf", views.poster, name="poster"),
    path("<slug:number>/codes/issue/", views.code_issue, name="code_issue"),
    path("<slug:number>/codes/<int:code_id>/rotate/", views.code_rotate, name="code_rotate"),
    path("<slug:number>/codes/<int:code_id>/revoke/", views.code_revoke, name="code_revoke"),
]
